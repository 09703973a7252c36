import { createJobLeases, createJobStore, openDatabase } from '@synergos/artifacts';
import { Broker, JobConsumer } from '@synergos/scaling';

// A separate process, like a TTP: consumes no-op jobs and reports the start time of each.
const [port, path = '', namespace = '', count] = process.argv.slice(2);
const database = await openDatabase({ path });
const broker = await Broker.open({ address: { host: '127.0.0.1', port: Number(port) }, namespace });
const store = { ...createJobStore(database), ...createJobLeases(database) };
const taker = new JobConsumer({ broker, store, holder: 'bench' });
const begun: number[] = [];
taker.start({
  noop: async () => {
    begun.push(performance.now());
    if (begun.length === Number(count)) process.send?.(begun);
    return null;
  },
});
process.on('disconnect', () => process.exit(0));
