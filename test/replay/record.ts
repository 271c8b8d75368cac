import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { derivedUuid } from '../../src/core/ids.ts';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { type RunHistory, replayableRuns } from '../support/replay.ts';
import { Story } from '../support/story.ts';
import { lives } from './lives.ts';
import { beganAt, removeRecordings, writeRecordings } from './recordings.ts';

/**
 * Records the lives of `lives.ts` under the version of `package.json`, whose recordings are replaced. By hand, for a
 * release (docs/changing-workflows.md): `node test/replay/record.ts`.
 */
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
await removeRecordings(version);
let total = 0;
for (const [name, { options, live }] of Object.entries(lives)) {
  const story = await Story.open({ limits: [], ...options });
  try {
    const id = derivedUuid('recorded life', name);
    await live(story, id);
    const runs = await runsOf(story, id);
    const bytes = await writeRecordings(version, name, runs);
    total += bytes;
    console.info(`${name}: ${runs.length} runs, ${bytes} bytes`);
  } finally {
    await story.close();
  }
}
console.info(`${total} bytes in all`);

/** The Deployment's own runs and those of its steps, in the order in which they began; lists lag behind. */
async function runsOf(story: Story, id: string): Promise<RunHistory['history'][]> {
  const own = deploymentWorkflowId('default', id);
  const look = async () =>
    (await replayableRuns(story.client))
      .filter(({ workflowId }) => workflowId.startsWith(own))
      .map(({ history }) => history);
  const runs = await story.until(look, isWhole, 'all runs are listed');
  return runs.toSorted((one, other) => beganAt(one) - beganAt(other));
}

/** Whether each run that another one names is there. */
function isWhole(runs: RunHistory['history'][]): boolean {
  const events = runs.flatMap((run) => run.events ?? []);
  const there = events.map((event) => event.workflowExecutionStartedEventAttributes);
  const ids = new Set(there.map((start) => start?.originalExecutionRunId));
  return events.every((event) => successorsIn(event).every((run) => !run || ids.has(run)));
}

type HistoryEvent = NonNullable<RunHistory['history']['events']>[number];

function successorsIn(event: HistoryEvent) {
  return [
    event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId,
    event.workflowExecutionFailedEventAttributes?.newExecutionRunId,
    event.childWorkflowExecutionStartedEventAttributes?.workflowExecution?.runId,
  ];
}
