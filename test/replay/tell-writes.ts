import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';

/** What a replay asks the store to write; a replay's own commands are nowhere to be seen else. */
export interface WriteSinks extends Sinks {
  /** As text: what it is made of goes on changing. */
  writes: { asked(batch: string): void };
}

const { writes } = proxySinks<WriteSinks>();

/** Loaded into the workflows' sandbox by `recorded.test.ts`. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      scheduleActivity: (input, next) => {
        if (input.activityType === 'publish') writes.asked(JSON.stringify(input.args[0]));
        return next(input);
      },
    },
  ],
});
