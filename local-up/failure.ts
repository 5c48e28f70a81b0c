/** A failure of the local deployment that a person can act on. */
export class LocalUpError extends Error {
  override readonly name = "LocalUpError";
  /** 2: what was asked for can't be done as asked. 3: the local cloud, the controller or an edge failed. */
  readonly exitCode: 2 | 3;

  constructor(exitCode: 2 | 3, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
