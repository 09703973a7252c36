// The thread of a worker for tests: its tasks do what their payload says.
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
// Not the whole package: its kernels take seconds to load.
import { ParticipantError } from '../src/errors.js';
import { hostTasks } from '../src/thread/host-tasks.js';

let done = 0;

hostTasks(parentPort, async () => {
  if (workerData.refuse) throw new ParticipantError('backend_unavailable', 'no backend here');
  const handlers = {
    async train({ payload, tensors, signal, progress }) {
      const { spinMs = 0, fail, exit, hang, grow, levels } = payload;
      progress({ begun: true });
      await delay(20);
      for (const until = performance.now() + spinMs; performance.now() < until;);
      if (fail) throw new ParticipantError(fail, 'it failed');
      if (exit) process.exit(3);
      if (grow) for (const hoard = []; ; hoard.push(Array.from({ length: 100_000 }, () => 0.5)));
      if (hang) await delay(60_000, undefined, { signal });
      if (levels) return { payload: nested(levels) };
      const update = Uint8Array.from(tensors.global ?? [1, 2, 3], (byte) => byte + 1);
      return { payload: { done: ++done }, tensors: { update } };
    },
  };
  return { handlers, capabilities: ['algorithm:Any'] };
});

function nested(levels) {
  let value = 1;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
