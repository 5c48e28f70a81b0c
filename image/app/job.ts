/** One job of the queue: what to do is a text, for the sample. */
export interface Job {
  /** Unique over all regions; a job published twice under one id is recorded once. */
  readonly id: string;
  readonly text: string;
}

/** Longest text the collection `results` takes, in characters. */
export const maxTextLength = 5_000;

/**
 * Reads a message: the id is the last token of the subject, the body JSON `{"text": "…"}`.
 * Returns the reason as a string for a body that can never become a job.
 */
export function parseJob(subject: string, body: string): Job | string {
  const id = subject.slice(subject.lastIndexOf(".") + 1);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "the body is not JSON";
  }
  if (
    typeof value !== "object" ||
    value === null ||
    !("text" in value) ||
    typeof value.text !== "string"
  ) {
    return 'the body is not {"text": "…"}';
  }
  if (value.text.length > maxTextLength)
    return `the text is longer than ${maxTextLength} characters`;
  return { id, text: value.text };
}

/** The body of a job's message. */
export function formatJob(job: Job): string {
  return JSON.stringify({ text: job.text });
}
