// A grid's thread for tests: a real data plane; the payload of a job selects its behaviour.
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { OrchestrationError } from '@synergos/orchestration';
import { hostGrid } from '@synergos/ttp-runtime';
import { DataPlane } from '@synergos/rpc-core';

hostGrid(parentPort, async () => {
  if (workerData.refuse) throw new OrchestrationError('port_in_use', 'the port is taken');
  const dataPlane = new DataPlane({ authenticate: async () => 'ok' });
  const { port } = await dataPlane.listen(0);
  return {
    port,
    engine: 'none',
    dataPlane,
    close: () => dataPlane.close(),
    handlers: {
      async train({ job, signal, emit }) {
        const { say = [], fail, hang, crash } = job.payload;
        for (const type of say) await emit(type, { of: job.id });
        if (fail) throw new OrchestrationError(fail, 'it failed');
        if (hang) await delay(60_000, undefined, { signal });
        if (crash) setTimeout(throwError);
        if (crash) await delay(60_000);
        return { said: say.length };
      },
    },
  };
});

function throwError() {
  throw new Error('a bug');
}
