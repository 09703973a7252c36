import { createJobLeases, createJobStore, openDatabase } from '@synergos/artifacts';
import { Broker, JobConsumer } from '@synergos/scaling';

// A process of its own, as a TTP is: takes jobs, does nothing in them, and tells when each was begun.
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
