package sluice.examples.counter;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Set;

/** Command-line options: {@code --name value}, or {@code --name} alone for a switch. */
final class Options implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final Set<String> SWITCHES = Set.of("fail-always");
    private static final Set<String> WITH_VALUE =
            Set.of("rate", "bound", "fail-after", "fail-main", "sleep-main", "state-type", "uid", "slow-checkpoint");

    private final HashMap<String, String> values = new HashMap<>();

    private Options() {}

    static Options parse(String[] args) {
        Options options = new Options();
        for (int i = 0; i < args.length; i++) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (SWITCHES.contains(name)) {
                options.values.put(name, "true");
            } else if (WITH_VALUE.contains(name) && i + 1 < args.length) {
                options.values.put(name, args[++i]);
            } else {
                throw new IllegalArgumentException(
                        "counter: bad argument " + args[i] + "; known are " + WITH_VALUE + " with a value, " + SWITCHES);
            }
        }
        return options;
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    long number(String name, long otherwise) {
        return has(name) ? Long.parseLong(values.get(name)) : otherwise;
    }
}
