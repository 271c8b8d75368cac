package sluice.examples.counter;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Counts 0, 1, 2, … by key, and tells in its metrics whether a number was lost or counted twice. Arguments and metrics:
 * {@code examples/README.md}.
 */
public final class CounterJob {
    private CounterJob() {}

    public static void main(String[] args) throws Exception {
        Options options = Options.parse(args);
        Thread.sleep(options.number("sleep-main", 0));
        if (options.has("fail-main")) {
            throw new IllegalStateException(options.text("fail-main", "told to fail in main"));
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSource(numbers(options), WatermarkStrategy.noWatermarks(), "numbers")
                .uid("numbers")
                .setParallelism(1) // one subtask hands out the numbers in order, whatever the job's parallelism
                .keyBy(Counter::keyOf, Types.INT)
                .process(new Counter(options))
                .name("counter")
                .uid(options.text("uid", "counter"))
                .sinkTo(new DiscardingSink<>())
                .name("discard")
                .uid("discard");
        env.execute("counter");
    }

    private static DataGeneratorSource<Long> numbers(Options options) {
        return new DataGeneratorSource<>(
                number -> number,
                options.number("bound", Long.MAX_VALUE),
                RateLimiterStrategy.perSecond(options.number("rate", 100)),
                Types.LONG);
    }
}
