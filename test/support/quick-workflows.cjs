'use strict';

/*
 * Preloaded where stories run. Two diagnostics of the Temporal SDK make up two thirds of what a replayed workflow task
 * costs, and a story needs neither: a watchdog thread for each call into a workflow (a workflow that loops for ever is
 * noticed by the test's own time-out), and a stack trace for each promise (for `__stack_trace`). The product, and the
 * tests that run it as a process, have both.
 */
const v8 = require('node:v8');
const vm = require('node:vm');

const { runInContext } = vm.Script.prototype;
vm.Script.prototype.runInContext = function (context, { timeout: _, ...options } = {}) {
  return runInContext.call(this, context, options);
};

v8.promiseHooks.createHook = () => () => undefined;
