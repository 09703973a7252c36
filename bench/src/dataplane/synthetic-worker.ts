import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { createManifest, parseModel } from '@synergos/fed-algorithms';
import { encodeSafetensorsHeader, type TrainTask } from '@synergos/rpc-core';
import { WebSocket } from 'ws';

// Workers with minimal memory: they download and discard the model, and generate the update during the upload.
//   node synthetic-worker.js DATA_URL DIGEST NAME=TOKEN …
const [url = '', digest = '', ...workers] = process.argv.slice(2);
const PIECE = new Uint8Array(new Float32Array(1 << 20).fill(1e-6).buffer);
const description = {
  datatype: 'tabular',
  samples: 100,
  columns: Array.from({ length: 8 }, (_, index) => ({ name: `c${index}`, type: 'numeric' })),
  classes: [],
  version: '0'.repeat(64),
};

interface Update {
  readonly header: Uint8Array;
  readonly dataBytes: number;
  /** The digest as the upload's header states it. */
  readonly digest: string;
}
let update: Update | undefined;

/** The same for all workers and rounds. */
function updateFor({ model }: TrainTask): Update {
  if (update !== undefined) return update;
  const { tensors, size } = createManifest(parseModel(model));
  const header = encodeSafetensorsHeader(tensors);
  const dataBytes = size * 4;
  const running = digest === 'sha256' ? sha256() : checksum();
  running.update(header);
  for (const piece of pieces(dataBytes)) running.update(piece);
  return (update = { header, dataBytes, digest: running.finish() });
}

function sha256() {
  const hash = createHash('sha256');
  return { update: (bytes: Uint8Array) => void hash.update(bytes), finish: () => hash.digest('hex') };
}

function checksum() {
  let sum = 0;
  return {
    update: (bytes: Uint8Array) => void (sum = crc32(bytes, sum)),
    finish: () => sum.toString(16).padStart(8, '0'),
  };
}

function* pieces(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE.length)
    yield left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
}

for (const worker of workers) {
  const [participant = '', token = ''] = worker.split('=');
  const headers = { authorization: `Bearer ${token}`, 'x-synergos-participant': participant };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/control`, { headers });
  const send = (message: object) => socket.send(JSON.stringify(message));
  socket.on('open', () =>
    send({ type: 'hello', protocol: { major: 1, minor: 0 }, participant, software: 'bench', tasks: [] }),
  );
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as {
      type: string;
      task: string;
      kind: string;
      payload: TrainTask;
    };
    if (message.type !== 'task') return;
    work(message, headers, (payload) =>
      send({ type: 'result', task: message.task, outcome: { ok: true, payload } }),
    ).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
}

async function work(
  { task, kind, payload, ...message }: { task: string; kind: string; payload: TrainTask },
  headers: Readonly<Record<string, string>>,
  done: (payload: object) => void,
): Promise<void> {
  if (kind === 'describe') return done({ train: description, evaluate: null, predict: null });
  const { global } = (message as unknown as { tensors: { global: { sha256: string } } }).tensors;
  const pulled = await call('GET', `/v1/tensors/${global.sha256}`, headers);
  pulled.resume();
  await once(pulled, 'end');
  const { header, dataBytes, digest: value } = updateFor(payload);
  const startedMs = performance.now();
  const put = request(`${url}/v1/tasks/${task}/tensors/update`, {
    method: 'PUT',
    headers: { ...headers, 'content-length': header.length + dataBytes, [`x-synergos-${digest}`]: value },
  });
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  put.write(header);
  for (const piece of pieces(dataBytes)) if (!put.write(piece)) await once(put, 'drain');
  put.end();
  const [response] = await answered;
  const text = await read(response);
  if (response.statusCode !== 200) throw new Error(`an update was refused: ${text}`);
  const seconds = (performance.now() - startedMs) / 1000;
  process.send?.({ uploadedBytes: header.length + dataBytes, seconds });
  done({ samples: 100, steps: 1, epochs: 1, loss: 0.5, stoppedEarly: false, seconds, evaluation: null });
}

async function call(method: string, path: string, headers: Readonly<Record<string, string>>) {
  const sent = request(url + path, { method, headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

async function read(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response as AsyncIterable<Buffer>) text += chunk.toString();
  return text;
}
