import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { Benchmark } from '../benchmark.js';
import { residentBytes } from '../process-figures.js';
import { createLoad } from '../rest/load.js';
import { startTtp } from '../rest/ttp.js';

const ROUNDS = 2;
const SAMPLE_MS = 100;
const GIGABYTE = 1e9;
const DIGESTED_PIECES = 512;

/** Measures rounds of a large model: throughput of updates into the aggregate, and resources of the TTP. */
export const dataplane: Benchmark = {
  name: 'dataplane',
  summary:
    'rounds of a large model with made-up updates; --model-gb (default 1), --workers (default 1), --digest (crc32, sha256)',
  async run(print, options) {
    const modelGb = Number(options['model-gb'] ?? 1);
    const workers = Number(options.workers ?? 1);
    if (!(modelGb > 0 && modelGb <= 100)) throw new Error('--model-gb: expected a number above 0, up to 100');
    if (!Number.isInteger(workers) || workers < 1)
      throw new Error('--workers: expected a whole number from 1');
    const digest = options.digest ?? 'crc32';
    if (digest !== 'crc32' && digest !== 'sha256') throw new Error('--digest: expected crc32 or sha256');
    const width = Math.round(Math.sqrt((modelGb * GIGABYTE) / 4));
    const speeds = { sha256: digestSpeed(() => createHash('sha256')), crc32: digestSpeed(checksum) };
    print(
      `digests, one thread: SHA-256 ${speeds.sha256.toFixed(2)} GB/s, CRC-32 ${speeds.crc32.toFixed(2)} GB/s`,
    );
    const raw = await measureSink(modelGb * GIGABYTE);
    print(`one uploader into a sink that forgets: ${raw.toFixed(2)} GB/s`);

    await using ttp = await startTtp();
    using load = createLoad(ttp.url, ttp.token, 4);
    const names = Array.from({ length: workers }, (_, index) => `worker-${index}`);
    const tokens = await prepare(load, names, width);
    const child = start('synthetic-worker.js', [ttp.dataUrl, digest, ...tokens]);
    const uploads: { uploadedBytes: number; seconds: number }[] = [];
    child.on('message', (message) => void uploads.push(message as (typeof uploads)[number]));
    const baseBytes = residentBytes(ttp.pid);
    let peakBytes = 0;
    const sampling = setInterval(() => (peakBytes = Math.max(peakBytes, residentBytes(ttp.pid))), SAMPLE_MS);
    try {
      await ttp.loopDelays();
      const { json } = await load.call('POST', '/ttp/train/collaborations/c/projects/p/models/e/r');
      const { dataPlane: loop } = await ttp.loopDelays();
      const [job] = (await load.call('GET', '/ttp/jobs')).json.data.slice(-1);
      const rounds = await roundSeconds(ttp.url, ttp.token, job.id);
      const modelBytes = json.data[0].global === undefined ? 0 : width * width * 4;
      const perUpload = uploads.map(({ uploadedBytes, seconds }) => uploadedBytes / GIGABYTE / seconds);
      const upload = perUpload.reduce((sum, value) => sum + value, 0) / perUpload.length;
      const best = Math.min(...rounds);
      print(
        `${workers} workers, model of ${(modelBytes / GIGABYTE).toFixed(2)} GB: round ${best.toFixed(1)} s; upload until it is ` +
          `verified ${upload.toFixed(2)} GB/s each; resident ${(baseBytes / GIGABYTE).toFixed(2)} GB at first, ` +
          `at most ${(peakBytes / GIGABYTE).toFixed(2)} GB, ${(peakBytes / modelBytes).toFixed(2)} of the model`,
      );
      print(
        `event loop that serves the workers: p99 ${loop.p99Ms.toFixed(1)} ms, longest ${loop.maxMs.toFixed(1)} ms`,
      );
      return {
        model_gb: round(modelBytes / GIGABYTE),
        workers,
        upload_gb_s: round(upload),
        upload_vs_sink: round(upload / raw),
        peak_rss_over_model: round(peakBytes / modelBytes),
        round_seconds: round(best),
        data_plane_loop_p99_ms: round(loop.p99Ms),
        data_plane_loop_max_ms: round(loop.maxMs),
        sha256_gb_s: round(speeds.sha256),
        crc32_gb_s: round(speeds.crc32),
      };
    } finally {
      clearInterval(sampling);
      child.kill();
    }
  },
};

type Load = ReturnType<typeof createLoad>;

/** Records of a project whose model has about `width`² values, and the workers' tokens. */
async function prepare(load: Load, names: readonly string[], width: number): Promise<readonly string[]> {
  const project = '/ttp/connect/collaborations/c/projects/p';
  const layer = (inputs: number, outputs: number, is_input = false) => ({
    l_type: 'Linear',
    is_input,
    activation: '',
    structure: { in_features: inputs, out_features: outputs },
  });
  await load.call('POST', '/ttp/connect/collaborations', { collab_id: 'c' });
  await load.call('POST', '/ttp/connect/collaborations/c/projects', { project_id: 'p', action: 'regress' });
  const model = [layer(8, width, true), layer(width, width), layer(width, 1)];
  await load.call('POST', `${project}/experiments`, { expt_id: 'e', model });
  const run = { run_id: 'r', algorithm: 'FedAvg', criterion: 'MSELoss', rounds: ROUNDS };
  await load.call('POST', `${project}/experiments/e/runs`, run);
  return Promise.all(
    names.map(async (id) => {
      await load.call('POST', '/ttp/connect/participants', { id });
      await load.call('POST', `${project}/participants/${id}/registration`, { role: 'guest' });
      await load.call('POST', `${project}/participants/${id}/registration/tags`, { train: [['data']] });
      const { json } = await load.call('POST', `/ttp/connect/participants/${id}/token`);
      return `${id}=${json.data.token}`;
    }),
  );
}

/** Over pieces as they are hashed on their way. */
function digestSpeed(begin: () => { update(bytes: Uint8Array): unknown }): number {
  const piece = new Uint8Array(1 << 20).fill(7);
  const digest = begin();
  const startedMs = performance.now();
  for (let index = 0; index < DIGESTED_PIECES; index++) digest.update(piece);
  return (DIGESTED_PIECES * piece.length) / GIGABYTE / ((performance.now() - startedMs) / 1000);
}

function checksum() {
  let sum = 0;
  return { update: (bytes: Uint8Array) => (sum = crc32(bytes, sum)) };
}

async function measureSink(bytes: number): Promise<number> {
  const child = start('raw-sink.js', []);
  const [port] = (await once(child, 'message')) as [number];
  const piece = new Uint8Array(4 << 20);
  const pieces = Math.ceil(bytes / piece.length);
  const startedMs = performance.now();
  const put = request({
    port,
    host: '127.0.0.1',
    method: 'PUT',
    headers: { 'content-length': pieces * piece.length },
  });
  const answered = once(put, 'response');
  for (let index = 0; index < pieces; index++) if (!put.write(piece)) await once(put, 'drain');
  put.end();
  await answered;
  const seconds = (performance.now() - startedMs) / 1000;
  child.kill();
  return (pieces * piece.length) / GIGABYTE / seconds;
}

async function roundSeconds(url: string, token: string, job: string): Promise<readonly number[]> {
  const response = await fetch(`${url}/ttp/jobs/${job}/events`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await response.text())
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line.includes('"type":"round_completed"'))
    .map((line) => (JSON.parse(line.slice(6)) as { seconds: number }).seconds);
}

function start(program: string, args: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`../dataplane/${program}`, import.meta.url)), [...args]);
}

const round = (value: number) => Math.round(value * 1000) / 1000;
