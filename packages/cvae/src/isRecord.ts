/** Whether a value is a plain record: no list, no typed array, nothing that is not an object. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === "[object Object]";
