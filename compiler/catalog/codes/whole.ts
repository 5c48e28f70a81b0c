/** `E4`: what only shows when everything is looked at together, or in what comes with the spec. */
export const WHOLE_CODES = {
  E401: {
    title: "More hosts needed than max_hosts",
    why: "An `infra` replica is a host, and the region may not have that many.",
  },
  E402: {
    title: "More replicas than the hosts can hold",
    why: "Bounds are a promise: a burst up to `max` must find room.",
  },
  E403: {
    title: "Port clash on a host",
    why: "Processes of a host share its ports: the second that binds one fails, again and again.",
  },
  E404: {
    title: "Stop budget over what Fly waits",
    why: "Fly waits at most 300 s for a Machine to stop and then kills it, with whatever still runs.",
  },
  E405: {
    title: "Stack without a region in the spec",
    why: "A region that left the spec still has Machines and data; its stack must be destroyed on purpose, never by a missing line.",
  },
  E406: {
    title: "Secret that isn't set",
    why: "The process would start without it and fail on the host instead of here.",
  },
  E408: {
    title: "Unreadable signals",
    why: "A burst that can't be read can't be weighed, and guessing would scale something nobody asked for.",
  },
  E409: {
    title: "Signals without the time",
    why: "Every signal has an end; without the time nobody can tell whether it is over.",
  },
  E410: {
    title: "Volume larger than Fly's",
    why: "All data of a host lies on its one volume, and Fly's volumes end at 500 GB.",
  },
  E411: {
    title: "Host where nothing keeps running",
    why: "When its last process ends, Process Compose ends and Fly starts the Machine again: jobs would run for ever.",
  },
  E412: {
    title: "Files too large to render",
    why: "Numbers that are fine one by one can multiply to files that no Machine could be given.",
  },
} as const;
