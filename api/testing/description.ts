import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Hono } from 'hono';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ApiEnv } from '../env.ts';
import { routingPath } from '../paths.ts';

const media = z.looseObject({ schema: z.looseObject({}) });
const content = z.record(z.string(), media);
const operationSchema = z.looseObject({
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content })),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

type Document = z.infer<typeof documentSchema>;

/** Why something is not as the description says, one line each; empty: it is. */
export type Findings = string[];

/** An API description, asked about what went over the wire. */
export class Description {
  readonly document: Document;
  readonly #ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    validateFormats: false,
    keywords: ['discriminator', 'openapi', 'info', 'security', 'paths', 'components'],
  });

  constructor(document: Document) {
    this.document = document;
    this.#ajv.addSchema(document, 'description');
  }

  /** The described path that a request's path belongs to; literal paths come before those with parameters. */
  pathOf(url: string): string | undefined {
    const path = routingPath(new Request(new URL(url, 'http://sluice')));
    const pattern = (described: string) =>
      new RegExp(`^${described.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    return Object.keys(this.document.paths)
      .filter((described) => pattern(described).test(path))
      .sort((one, other) => one.split('{').length - other.split('{').length)[0];
  }

  /** Whether an operation is described; others are refused with 405 or 501. */
  has(method: string, path: string): boolean {
    return method.toLowerCase() in (this.document.paths[path] ?? {});
  }

  /** Holds a reply against what the description lists for its status. */
  reply(method: string, path: string, status: number, type: string, body: string): Findings {
    const operation = this.document.paths[path]?.[method.toLowerCase()];
    const listed = operation?.responses[String(status)] ? String(status) : 'default';
    if (!operation || (listed === 'default' && status < 400)) {
      return [`${method} ${path} is not said to answer ${status}`];
    }
    const at = ['paths', path, method.toLowerCase(), 'responses', listed, 'content'];
    return this.#judge(at, operation.responses[listed]?.content, type, contentOf(type, body));
  }

  /** Holds a request's body against what the description says of its media type; where it has none, none is read. */
  request(method: string, path: string, type: string, body: unknown): Findings {
    const described = this.document.paths[path]?.[method.toLowerCase()]?.requestBody?.content;
    if (described === undefined) return [];
    const at = ['paths', path, method.toLowerCase(), 'requestBody', 'content'];
    return this.#judge(at, described, type, body);
  }

  #judge(
    at: readonly string[],
    described: z.infer<typeof content> | undefined,
    type: string,
    value: unknown,
  ): Findings {
    if (!described?.[type]) return [`${at.join(' ')} has no ${type}`];
    const pointer = [...at, type, 'schema'].map(pointerPart).join('/');
    const validate = this.#ajv.getSchema(`description#/${pointer}`);
    if (!validate) return [`${pointer} leads nowhere`];
    if (validate(value) === true) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

const pointerPart = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

const contentOf = (type: string, body: string): unknown =>
  type.startsWith('text/') ? body : type.endsWith('yaml') ? parse(body) : JSON.parse(body);

let known: Promise<Description> | undefined;

/** What an API says about itself: the same for every one, so that it is read once. */
export function descriptionOf(app: Hono<ApiEnv>): Promise<Description> {
  known ??= (async () => {
    const reply = await app.request('/openapi.json');
    return new Description(documentSchema.parse(await reply.json()));
  })();
  return known;
}
