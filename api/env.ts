import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What a request carries through the middlewares. `Bindings` is empty in tests that use `app.request()`. */
export interface ApiEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** Pattern of the matched route, for metrics and logs: bounded, unlike the path. */
    route: string;
  };
}

export type ApiContext = Context<ApiEnv>;
