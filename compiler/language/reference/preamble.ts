/** What `docs/spec.md` says beside its tables. */

export const ABOUT = `
<!-- Generated from the schemas of compiler/ and compiler/language by \`npm run docs\`. Edits here are lost. -->

# The spec

A folder of YAML files (YAML 1.2, one document per file, any depth of folders) is the only desired state: exactly one
document of \`kind: Fleet\`, and one of \`kind: Service\` per thing that runs. Keys are snake_case, and an unknown key is an
error. The order of files and of keys never matters, but for lists whose order has a meaning: \`routes\` (the first match
wins), \`command\`, and \`region_order\`.

Durations are text with a unit: \`30s\`, \`5m\`, \`1h30m\`. Sizes say their unit in their name: \`_mb\`, \`_gb\`.

\`npx flotilla init DIR\` writes a commented spec to start from. An editor with a YAML language server completes keys and
shows this page's text when a file begins with \`# yaml-language-server: $schema=…/schema.json\`. \`npx flotilla validate\`
tells every mistake at once; [diagnostics.md](diagnostics.md) explains each code.

This is the sample that the repository ships:
`;

export const COUNTING = `
## Counting

**Replicas count per region.** \`regions: { iad: { replicas: 2 } }\` is two in \`iad\`, whatever other regions have.
\`default\` stands for every region of the Fleet that the service doesn't name. A service is not in a region that it
neither names nor reaches by \`default\`.

**Bounds win over everything.** Nothing ever runs outside \`min\` and \`max\`. Both default to \`replicas\`, so a service has
no room to move until the spec grants it.

**Two ways to grow.** With \`scale_strategy: infra\` each additional replica adds a host: replica k lives on host k. With \`local\`
each additional replica adds a process on the hosts there are: replicas go round-robin over the first \`spread\` hosts up to
\`max_per_host\` on each, and then fill host by host. Where a replica lives depends on \`replicas\`, \`spread\` and
\`max_per_host\` alone, never on how many hosts there happen to be, so an additional host moves no replica.

**Hosts follow from services.** A region needs as many hosts as its largest \`infra\` count, or as its \`local\` counts
fill. As many exist as that and \`warm_hosts\`, at most \`max_hosts\`; what is beyond the need is stopped and takes no
visitors. To need more than \`max_hosts\` is an error, never a silent cut.

**Slots.** Up to its bounds everything is rendered beforehand; which slots are on is a small map beside the files. So an
additional \`local\` replica inside the bounds changes no file, restarts nothing and boots no host.

**Data.** Only hosts that carry PocketBase or a JetStream server have a volume. A volume outlives its host.

**What a process finds.** Every process gets \`FLOTILLA_REGION\`, \`FLOTILLA_HOST\`, \`FLOTILLA_SLOT\`, \`BIND_ADDRESS\`,
\`NATS_URL\`, \`POCKETBASE_URL\` (its own host's, else the region's) and a \`PORT_<NAME>\` per port. Slot i of a host gets the
port plus i. A dependency that isn't on a host doesn't order anything there.
`;

export const SIGNALS = `
## Signals

A signal asks for another count, inside the bounds, for a time. Only services with \`scalable: true\` listen; an edit of the
spec always counts. The count that runs is

    clamp(max(live bursts, metric, else replicas), min, max)

A **burst** has an author and an end ("to 4 for 30 minutes"). A **metric** is a recommendation with an end, which the
controller renews while the load lasts; of several the largest counts. As \`min\` is \`replicas\` unless the spec says less,
metrics only add unless it grants room below. What has ended counts for nothing, so silence returns to \`replicas\`. Every
difference from \`replicas\` carries its cause.

Stack configuration \`flotilla:signals\` names the document: a file, a URL (its token in \`FLOTILLA_SIGNALS_TOKEN\`) or
\`none\`. A document that can't be read is an error, never taken for silence; \`none\` is how to go on without it.

\`\`\`json
{
  "version": 1,
  "as_of": "2026-03-01T12:00:00Z",
  "bursts": [
    {
      "id": "b1",
      "service": "worker",
      "region": "iad",
      "to": 6,
      "from": "2026-03-01T12:00:00Z",
      "until": "2026-03-01T12:30:00Z",
      "author": "sam",
      "reason": "launch"
    }
  ],
  "metrics": [
    {
      "service": "caddy",
      "region": "iad",
      "count": 3,
      "valid_until": "2026-03-01T12:05:00Z",
      "reason": "cpu 0.9 of 0.7"
    }
  ]
}
\`\`\`
`;
