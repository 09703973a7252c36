import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalStore, createJobStore, createRecordStore, openDatabase } from '@synergos/artifacts';
import { capabilitiesOf, createEngine, createRegistry, type LoadedPlugin } from '@synergos/fed-algorithms';
import { createJobHandlers } from '@synergos/orchestration';
import { createTaskHandlers } from '@synergos/participant';
import { DataPlane, WorkerClient, type TaskHandler } from '@synergos/rpc-core';
import { createInProcessQueue, type JobEvent } from '@synergos/scaling';
import { createUploadSlots } from '@synergos/ttp-runtime';

const PROJECT = { collab_id: 'c', project_id: 'p' };

/** A TTP's phases and real workers in one process, over a real data plane. */
export class InProcessFederation {
  readonly directory = mkdtempSync(join(tmpdir(), 'synergos-in-process-'));
  readonly files = createLocalStore(join(this.directory, 'outputs'));
  readonly #dataPlane = new DataPlane({ authenticate: () => 'ok' });
  readonly #clients: WorkerClient[] = [];
  #records: ReturnType<typeof createRecordStore> | undefined;
  #queue: ReturnType<typeof createInProcessQueue> | undefined;
  #close: () => Promise<void> = () => Promise.resolve();

  get records() {
    if (this.#records === undefined) throw new Error('not started');
    return this.#records;
  }

  async start(
    participants: readonly string[],
    {
      action = 'classify',
      wrap = (handlers: Record<string, TaskHandler>) => handlers,
      capabilities = [],
      plugins = [],
      pluginsOf = () => plugins,
      tags = { train: [['train']], evaluate: [['evaluate']], predict: [['predict']] },
    }: {
      readonly action?: 'classify' | 'regress';
      /** Changes a worker's handlers, for example into those of an older version. */
      readonly wrap?: (
        handlers: Record<string, TaskHandler>,
        participant: string,
      ) => Record<string, TaskHandler>;
      readonly capabilities?: readonly string[];
      readonly plugins?: readonly LoadedPlugin[];
      /** Plug-ins of a participant's worker. @defaultValue those of the TTP */
      readonly pluginsOf?: (participant: string) => readonly LoadedPlugin[];
      readonly tags?: object;
    } = {},
  ): Promise<void> {
    const database = await openDatabase({ path: join(this.directory, 'records.sqlite') });
    this.#records = createRecordStore(database);
    await this.records.create('Collaboration', PROJECT, {});
    await this.records.create('Project', PROJECT, { action });
    const { port } = await this.#dataPlane.listen(0);
    for (const participant_id of participants) {
      const registry = createRegistry(pluginsOf(participant_id));
      await this.records.create('Participant', { participant_id }, {});
      await this.records.create('Registration', { ...PROJECT, participant_id }, {});
      await this.records.create('Tag', { ...PROJECT, participant_id }, { ...tags });
      const handlers = createTaskHandlers({
        participant: participant_id,
        dataDirectory: this.dataOf(participant_id),
        outputsDirectory: join(this.directory, participant_id, 'outputs'),
        registry,
      });
      const client = new WorkerClient({
        url: `http://127.0.0.1:${port}`,
        participant: participant_id,
        software: 'test',
        handlers: wrap({ ...handlers }, participant_id),
        capabilities: [...capabilitiesOf(registry), ...capabilities],
      });
      client.start();
      this.#clients.push(client);
    }
    this.#queue = createInProcessQueue({ store: createJobStore(database) });
    const parts = {
      records: this.records,
      artifacts: this.files,
      scratch: this.files,
      dataPlane: this.#dataPlane,
      registry: createRegistry(plugins),
    };
    const uploads = createUploadSlots({ directory: join(this.directory, 'staging') });
    await this.#queue.start(createJobHandlers({ ...parts, engine: createEngine(), uploads }));
    this.#close = async () => {
      await this.#queue?.close();
      await Promise.all(this.#clients.map((client) => client.close()));
      await this.#dataPlane.close();
      await database.close();
    };
  }

  dataOf(participant: string): string {
    return join(this.directory, participant, 'data');
  }

  /** A data folder of a participant. */
  write(
    participant: string,
    folder: string,
    schema: Readonly<Record<string, string>>,
    rows: readonly Readonly<Record<string, string | number>>[],
    operations: object = {},
  ): void {
    const path = join(this.dataOf(participant), folder);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'metadata.json'), JSON.stringify({ datatype: 'tabular', operations }));
    writeFileSync(join(path, 'schema.json'), JSON.stringify(schema));
    const names = Object.keys(schema);
    const lines = rows.map((row) => names.map((name) => row[name] ?? '').join(','));
    writeFileSync(join(path, 'data.csv'), `${names.join(',')}\n${lines.join('\n')}\n`);
  }

  /** Runs a job; returns its result and events, or its error. */
  async job(kind: string, payload: object = {}) {
    if (this.#queue === undefined) throw new Error('not started');
    const { id } = await this.#queue.submit(kind, { ...PROJECT, ...payload });
    const { result, error } = await this.#queue.wait(id);
    const events: JobEvent[] = [];
    for await (const event of this.#queue.events(id)) events.push(event);
    const of = (type: string) => events.flatMap((event) => (event.type === type ? [event.data] : []));
    return { result, error, of };
  }

  async close(): Promise<void> {
    await this.#close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
