/** `E2`: the Fleet. */
export const FLEET_CODES = {
  E201: {
    title: "No Fleet",
    why: "The Fleet names the app, the regions and the hostnames; without it services have no place to run.",
  },
  E202: {
    title: "More than one Fleet",
    why: "A spec folder describes one product; a second one would fight over the same services.",
  },
  E203: {
    title: "Unknown region code",
    why: "Fly answers a Machine in a region it doesn't sell with an error in the middle of a rollout.",
  },
  E204: {
    title: "Hostname outside the zone",
    why: "DNS records are made in one Cloudflare zone, and its certificate covers names of that zone only.",
  },
  E205: {
    title: "regional_hostnames without {region}",
    why: "Every region needs a name of its own, or a visitor could not choose the region that holds his data.",
  },
  E206: {
    title: "Machine size that Fly doesn't sell",
    why: "Fly refuses other sizes when the Machine is created, after the rest of the rollout has begun.",
  },
  E207: {
    title: "As many warm hosts as hosts",
    why: "Warm hosts count inside `max_hosts`, so no host would be left to answer.",
  },
  E208: {
    title: "Bad region order",
    why: "A rollout goes through the regions in this order: each at most once, and only regions of the fleet.",
  },
  E209: {
    title: "Region without any replica",
    why: "Its stack would be empty while its hostname still points there.",
  },
  E210: {
    title: "Hostname given twice",
    why: "A name answers either everywhere or in one region, and has one DNS record.",
  },
  E211: {
    title: "Nothing to serve under",
    why: "Caddy answers by hostname: without one nobody could reach it.",
  },
  E212: {
    title: "Wildcard hostname",
    why: "A wildcard would answer for other regions' names too, so each name is written down.",
  },
  E213: {
    title: "More hosts at once than the data survives",
    why: "With two of three JetStream servers away at one time there is no majority, and streams stop.",
  },
  E214: {
    title: "Idle shutdown that can't work",
    why: "Fly stops and wakes only hosts that visitors reach through it: others would never come back, or never go.",
  },
  E215: {
    title: "TLS options that don't go together",
    why: "Who terminates TLS decides who must trust the certificate: an Origin CA certificate only Cloudflare does.",
  },
} as const;
