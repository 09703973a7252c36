export interface RunningApp {
  close(): Promise<void>;
}

/** Runs an app until SIGINT or SIGTERM. A failed start prints one line on standard error and exits with code 2. */
export async function runApp(start: () => Promise<RunningApp>): Promise<void> {
  // Only this user may read records, models and tokens, even in folders that others can enter.
  process.umask(0o077);
  // Suppresses TensorFlow's messages about the CPU. It reads the environment of the process, not of its thread.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  try {
    const app = await start();
    const stop = () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      app.close().then(() => process.exit(0), fail);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
