/** What flyctl reads and does by GraphQL. Fields as fly-go's resource_*.go selects them; ids are numbers or texts as there. */
import { createHash } from "node:crypto";
import { assignAddress, releaseAddress } from "../addresses/assignments.ts";
import { FlyApiError } from "../wire/errors.ts";
import { organizationSlugs } from "../organizations/slugs.ts";
import type { AddressRecord, AppRecord, MachineRecord } from "../store/records.ts";
import type { FlyContext } from "../request/context.ts";
import { GraphqlError, type Args, type Resolved } from "./execute.ts";

type Node = Readonly<Record<string, Resolved>>;

export function graphqlRoots(context: FlyContext): { query: Node; mutation: Node } {
  const { store } = context;

  function appNamed(name: unknown): AppRecord {
    const app = typeof name === "string" ? store.apps.get(name) : undefined;
    if (app === undefined)
      throw new GraphqlError(`Could not find App "${String(name)}"`, "NOT_FOUND");
    return app;
  }

  /** Mutations name the app in one input object. */
  function inputOf(args: Args): { input: Args; app: AppRecord } {
    const input = (args["input"] ?? {}) as Args;
    return { input, app: appNamed(input["appId"]) };
  }

  return {
    query: {
      app: ({ name, id }) => appNode(context, appNamed(name ?? id)),
      apps: ({ organizationId }) => ({
        pageInfo: { hasNextPage: false, endCursor: "" },
        nodes: store.apps
          .all()
          .filter((app) => !organizationId || app.organization === organizationId)
          .map((app) => appNode(context, app)),
      }),
      appNameAvailable: ({ name }) => store.apps.get(String(name)) === undefined,
      organizations: () => ({ nodes: organizationSlugs(store).map(organizationNode) }),
      organization: ({ slug, id }) => organizationNode(String(slug ?? id)),
      machine({ machineId }) {
        const machine = store.machines.get(String(machineId));
        if (machine === undefined) throw new GraphqlError("Could not find Machine", "NOT_FOUND");
        return machineNode(context, machine);
      },
      // flyctl skips the comparison of images when it hears this.
      latestImageDetails() {
        throw new GraphqlError("Unknown repository", "NOT_FOUND");
      },
      viewer: { __typename: "User", id: "local", email: "local@flotilla.test", name: "local" },
      nearestRegion: { code: "iad", name: "Ashburn, Virginia (US)", gatewayAvailable: true },
    },
    mutation: {
      allocateIpAddress(args) {
        const { input, app } = inputOf(args);
        const address = asGraphqlError(() =>
          assignAddress(context, app, { type: input["type"], region: input["region"] }),
        );
        return { app: appNode(context, app), ipAddress: address && addressNode(address) };
      },
      releaseIpAddress(args) {
        const { input, app } = inputOf(args);
        asGraphqlError(() => releaseAddress(context, app, String(input["ip"])));
        return { clientMutationId: null, app: appNode(context, app) };
      },
    },
  };
}

function asGraphqlError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FlyApiError)) throw error;
    throw new GraphqlError(error.message, error.httpStatus === 404 ? "NOT_FOUND" : "UNPROCESSABLE");
  }
}

function appNode(context: FlyContext, app: AppRecord): Node {
  const { store } = context;
  const ownMachines = (): readonly MachineRecord[] =>
    store.machines
      .all()
      .filter(({ app: owner, state }) => owner === app.name && state !== "destroyed");
  const ownAddresses = store.addresses.all().filter((address) => address.app === app.name);
  const shared = ownAddresses.find(({ type }) => type === "shared_v4");
  return {
    __typename: "App",
    // In GraphQL an app's id is its name; the REST API's id is another.
    id: app.name,
    internalNumericId: app.internal_numeric_id,
    name: app.name,
    hostname: `${app.name}.fly.dev`,
    cnameTarget: `${app.id}.${app.name}.fly.dev`,
    appUrl: `https://${app.name}.fly.dev`,
    deployed: () => ownMachines().length > 0,
    network: app.network,
    networkId: 1,
    status: () => (ownMachines().length > 0 ? "deployed" : "pending"),
    version: 1,
    platformVersion: "machines",
    createdAt: app.created_at,
    role: null,
    organization: organizationNode(app.organization),
    currentRelease: release(app),
    currentReleaseUnprocessed: release(app),
    releases: { nodes: [release(app)] },
    releasesUnprocessed: { nodes: [release(app)] },
    config: null,
    services: [],
    imageDetails: null,
    limitedAccessTokens: { nodes: [] },
    ipAddresses: {
      // The shared one isn't among them: fly-go adds it from its own field.
      nodes: ownAddresses.filter((address) => address !== shared).map(addressNode),
    },
    sharedIpAddress: shared?.ip ?? null,
    image: ({ ref }) => imageNode(String(ref)),
    machines: () => ({ nodes: ownMachines().map((machine) => machineNode(context, machine)) }),
  };
}

/** Apps made by the API have no release; flyctl's `scale` wants one, with the config rebuilt from the Machines. */
function release(app: AppRecord): Node {
  return {
    id: `release-${app.id}`,
    version: 1,
    evaluationId: "",
    description: "",
    reason: "",
    status: "complete",
    inProgress: false,
    stable: true,
    imageRef: "",
    configDefinition: null,
    createdAt: app.created_at,
    user: { id: "local", email: "local@flotilla.test", name: "local" },
  };
}

function organizationNode(slug: string): Node {
  return {
    __typename: "Organization",
    id: slug,
    internalNumericId: "1",
    slug,
    rawSlug: slug,
    name: slug,
    type: slug === "personal" ? "PERSONAL" : "SHARED",
    viewerRole: "admin",
    paidPlan: true,
    billable: true,
    billingStatus: "CURRENT",
    provisionsBetaExtensions: false,
    remoteBuilderImage: "",
    remoteBuilderApp: null,
    limitedAccessTokens: { nodes: [] },
    addOns: { nodes: [] },
    members: { edges: [] },
  };
}

function addressNode(address: AddressRecord): Node {
  return {
    id: `ip_${digest(address.ip).slice(0, 16)}`,
    address: address.ip,
    type: address.type,
    region: address.region,
    createdAt: address.created_at,
    network: null,
    serviceName: address.service_name ?? "",
  };
}

function machineNode(context: FlyContext, machine: MachineRecord): Node {
  const { id, name, state, region, instance_id, created_at, app } = machine;
  const owner = context.store.apps.get(app);
  return {
    id,
    name,
    state,
    region,
    instanceId: instance_id,
    createdAt: created_at,
    config: machine.config as unknown as Node,
    app: () => (owner === undefined ? null : appNode(context, owner)),
    host: { id: `host-${region}` },
    ips: { nodes: [{ family: "v6", kind: "privatenet", ip: machine.address, maskSize: 112 }] },
    egressIpAddresses: { nodes: [] },
    events: {
      nodes: machine.events.map(({ id: event, type, status, source, timestamp }) => ({
        id: event,
        kind: type,
        status,
        source,
        body: null,
        machineVersion: { id: instance_id },
        timestamp: new Date(timestamp).toISOString(),
      })),
    },
  };
}

/** No registry is asked: any reference is there, and its digest is made of its own text. */
function imageNode(ref: string): Node {
  const [, given] = ref.split("@");
  const hash = given ?? `sha256:${digest(ref)}`;
  return {
    id: `img_${digest(ref).slice(0, 12)}`,
    digest: hash,
    ref,
    compressedSizeFull: "1",
    compressedSize: "1",
  };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
