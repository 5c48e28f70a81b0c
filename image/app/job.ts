/** One job of the queue. The sample only records its text. */
export interface Job {
  /** Unique over all regions; a job published twice under one id is recorded once. */
  readonly id: string;
  readonly text: string;
}

/** Longest text that the collection `results` accepts, in characters. */
export const maxTextLength = 5_000;

/**
 * Returns the job of a message: its id is the last token of the subject, its body JSON `{"text": "…"}`. For a message
 * that isn't a job it returns the reason as a string.
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

/** Returns the body of a job's message. */
export function formatJob(job: Job): string {
  return JSON.stringify({ text: job.text });
}
