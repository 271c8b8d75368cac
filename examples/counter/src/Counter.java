package sluice.examples.counter;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Counts per key in keyed state, the state under test. A number n belongs to key n mod {@value #KEYS}, so when n comes
 * in, that key must have seen exactly n / {@value #KEYS} + 1 numbers: each key knows by itself what it lacks, and the
 * sums over subtasks are right at any parallelism and after any rescaling.
 *
 * <p>Keyed state cannot be read before a record of its key arrives. So that the metrics do not look like a loss until
 * then, the counts are kept a second time in union list state, which every subtask reads whole when it is restored.
 * The second copy only feeds the metrics: with the first record of a key its keyed state is what counts.
 */
final class Counter extends KeyedProcessFunction<Integer, Long, Long> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;
    static final int KEYS = 16;

    private final Options options;
    private transient ValueState<Object> state;
    private transient ListState<long[]> shown;
    private transient Map<Integer, long[]> countAndGap;
    private transient volatile Totals totals;
    private transient long startedAt;

    Counter(Options options) {
        this.options = options;
    }

    static int keyOf(Long number) {
        return (int) (number % KEYS);
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        startedAt = System.currentTimeMillis();
        TypeInformation<?> type = isText() ? Types.STRING : Types.LONG;
        @SuppressWarnings("unchecked") // holds a Long or a String, as told by --state-type
        TypeInformation<Object> either = (TypeInformation<Object>) type;
        state = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("count", either));
        shown =
                context.getOperatorStateStore()
                        .getUnionListState(
                                new ListStateDescriptor<>("shown", TypeInformation.of(long[].class)));
        countAndGap = new HashMap<>();
        long restored = 0;
        long restoredLastAt = 0;
        for (long[] entry : shown.get()) {
            restoredLastAt = Math.max(restoredLastAt, entry[2]);
            if (isMine((int) entry[0])) {
                countAndGap.put((int) entry[0], new long[] {entry[1], 0});
                restored += entry[1];
            }
        }
        totals = new Totals(restored, 0, 0, 0);
        showMetrics(restored, restoredLastAt);
    }

    @Override
    public void processElement(Long number, Context context, Collector<Long> out) throws Exception {
        failIfTold();
        Object before = state.value();
        long count = (before == null ? 0 : Long.parseLong(before.toString())) + 1;
        state.update(isText() ? (Object) String.valueOf(count) : (Object) count);
        long gap = number / KEYS + 1 - count;
        long[] shownBefore = countAndGap.put(context.getCurrentKey(), new long[] {count, gap});
        totals = totals.with(shownBefore == null ? new long[2] : shownBefore, count, gap);
        out.collect(number);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        Thread.sleep(options.number("slow-checkpoint", 0));
        shown.clear();
        for (Map.Entry<Integer, long[]> entry : countAndGap.entrySet()) {
            shown.add(new long[] {entry.getKey(), entry.getValue()[0], totals.lastAt});
        }
    }

    private boolean isText() {
        return options.text("state-type", "long").equals("string");
    }

    private boolean isMine(int key) {
        TaskInfo task = getRuntimeContext().getTaskInfo();
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        key, task.getMaxNumberOfParallelSubtasks(), task.getNumberOfParallelSubtasks())
                == task.getIndexOfThisSubtask();
    }

    private void failIfTold() {
        boolean always = options.has("fail-always");
        boolean told = always || options.has("fail-after");
        if (!told || !(always || getRuntimeContext().getTaskInfo().getAttemptNumber() == 0)) {
            return;
        }
        if (System.currentTimeMillis() - startedAt >= options.number("fail-after", 0)) {
            throw new IllegalStateException("counter: told to fail");
        }
    }

    private void showMetrics(long restored, long restoredLastAt) {
        show("count", () -> totals.count);
        show("gap", () -> totals.gap);
        show("restored", () -> restored);
        show("firstAt", () -> totals.firstAt);
        show("lastAt", () -> totals.lastAt);
        show("restoredLastAt", () -> restoredLastAt);
        // Last, so that a subtask that shows this shows all the others. It must hold something of this subtask: Flink keeps
        // gauges by identity, and a lambda that captures nothing is one object for all subtasks of a TaskManager.
        show("told", () -> startedAt > 0 ? 1L : 0L);
    }

    private void show(String name, Gauge<Long> gauge) {
        getRuntimeContext().getMetricGroup().gauge(name, gauge);
    }

    /** What the metrics show; immutable, because they are read by another thread. Times are epoch milliseconds. */
    private static final class Totals {
        final long count;
        final long gap;
        final long firstAt;
        final long lastAt;

        Totals(long count, long gap, long firstAt, long lastAt) {
            this.count = count;
            this.gap = gap;
            this.firstAt = firstAt;
            this.lastAt = lastAt;
        }

        Totals with(long[] shownBefore, long count, long gap) {
            long now = System.currentTimeMillis();
            return new Totals(
                    this.count - shownBefore[0] + count,
                    this.gap - shownBefore[1] + gap,
                    firstAt == 0 ? now : firstAt,
                    now);
        }
    }
}
