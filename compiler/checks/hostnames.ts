import type { Fleet } from "../model/spec.ts";
import { entranceOf, typeOf } from "../services/registry.ts";
import type { CheckContext } from "../services/service-type.ts";
import type { Diagnostic, Path } from "../text/diagnostic.ts";
import { diagnose, formatPosition } from "../text/source.ts";

const LABELS = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/u;

/** E204, E205, E210, E211, W202: names that visitors use. */
export function checkHostnames({ spec, types }: CheckContext): Diagnostic[] {
  const { fleet } = spec;
  const entrance = entranceOf(types, spec);
  if (
    fleet.hostnames.length === 0 &&
    fleet.regionalHostnames === undefined &&
    entrance !== undefined
  )
    return [
      diagnose(fleet.source, {
        code: "E211",
        path: [],
        message: `there is a ${typeOf(types, entrance.service).label}, but no hostname it answers`,
        hint: "Add `hostnames`, `regional_hostnames` or both.",
      }),
    ];
  return [
    ...fleet.hostnames.flatMap((name, index) => checkHostname(fleet, name, ["hostnames", index])),
    ...checkTwice(fleet),
    ...checkRegional(fleet),
  ];
}

function checkHostname(fleet: Fleet, name: string, path: Path): Diagnostic[] {
  if (name !== fleet.zone && !name.endsWith(`.${fleet.zone}`))
    return [
      diagnose(fleet.source, {
        code: "E204",
        path,
        message: `\`${name}\` is not in the zone \`${fleet.zone}\``,
        hint: `Use a name that ends in \`.${fleet.zone}\`, or change \`zone\`.`,
      }),
    ];
  // Without the proxy Fly's certificate counts, which is for exactly that name.
  if (!fleet.tls.proxied || name.split(".").length <= fleet.zone.split(".").length + 1) return [];
  return [
    diagnose(fleet.source, {
      code: "W202",
      path,
      message: `\`${name}\` is deeper than one label: Cloudflare's free edge certificate doesn't cover it`,
      hint: `Use one label before \`.${fleet.zone}\`, or order an advanced certificate at Cloudflare.`,
    }),
  ];
}

function checkTwice(fleet: Fleet): Diagnostic[] {
  return fleet.hostnames.flatMap((name, index) => {
    const first = fleet.hostnames.indexOf(name);
    if (first === index) return [];
    return [
      diagnose(fleet.source, {
        code: "E210",
        path: ["hostnames", index],
        message: `\`${name}\` is given already: ${formatPosition(fleet.source, ["hostnames", first])}`,
        hint: "Remove one of the two.",
      }),
    ];
  });
}

function checkRegional(fleet: Fleet): Diagnostic[] {
  const pattern = fleet.regionalHostnames;
  const path = ["regional_hostnames"];
  if (pattern === undefined) return [];
  if (pattern.split("{region}").length !== 2)
    return [
      diagnose(fleet.source, {
        code: "E205",
        path,
        message: `\`${pattern}\` must contain {region} exactly once`,
        hint: `Write it as in \`app-{region}.${fleet.zone}\`.`,
      }),
    ];
  if (!LABELS.test(pattern.replace("{region}", "iad")))
    return [
      diagnose(fleet.source, {
        code: "E110",
        path,
        message: `\`${pattern}\` makes no hostname`,
        hint: "Lower-case letters, digits, hyphens, dots and {region}.",
      }),
    ];
  const twice = fleet.regions
    .map(({ code }) => pattern.replace("{region}", code))
    .find((name) => fleet.hostnames.includes(name));
  const clash =
    twice === undefined
      ? []
      : [
          diagnose(fleet.source, {
            code: "E210",
            path,
            message: `it makes \`${twice}\`, which is given already: ${formatPosition(fleet.source, ["hostnames", fleet.hostnames.indexOf(twice)])}`,
            hint: "A name is either everyone's or one region's.",
          }),
        ];
  return [...checkHostname(fleet, pattern, path), ...clash];
}
