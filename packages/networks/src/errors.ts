/** Base of this package's errors: `code` is stable, `message` says what to do. */
export class NetworkError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The data has more classes than the model tells apart. */
export class ClassWithoutUnit extends NetworkError {
  constructor(index: number, units: number) {
    const message = `class number ${index + 1} has no place among the model's outputs, of which there are ${units}`;
    super('class_without_unit', `${message}: align the project with auto_fix, or widen the last layer`);
  }
}
