export interface RunningApp {
  close(): Promise<void>;
}

/** Runs an app until it is asked to stop. A start that cannot be is one line on standard error and exit code 2. */
export async function runApp(start: () => Promise<RunningApp>): Promise<void> {
  // Records, models and tokens are for this user alone, in folders that others may enter, too.
  process.umask(0o077);
  // What TensorFlow tells about its CPU as it loads is no error; it reads the process' environment, not its thread's.
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
