/** What the emulator answers to flyctl's GraphQL: a field is a value, or a function of its arguments. */
import { GraphQLError } from "graphql";
import { sha256 } from "../../../lib/hash.ts";
import { assignAddress, releaseAddress } from "../addresses/assignments.ts";
import { organizationSlugs } from "../organizations/slugs.ts";
import type { FlyContext } from "../request/context.ts";
import type { AddressRecord, AppRecord, MachineRecord } from "../store/records.ts";

/** Resolvers of one type's fields; what isn't there is null. */
type Resolvers = Readonly<Record<string, unknown>>;

interface AppArguments {
  readonly id?: string | null;
  readonly name?: string | null;
}

interface AddressInput {
  readonly appId: string;
  readonly type?: string;
  readonly region?: string | null;
  readonly ip?: string | null;
}

const LOCAL_USER = {
  __typename: "User",
  id: "local",
  email: "local@flotilla.test",
  name: "local",
} as const;

/** Returns the resolvers of the root fields, queries and mutations together. */
export function graphqlRoots(context: FlyContext): Resolvers {
  return { ...queries(context), ...mutations(context) };
}

function queries(context: FlyContext): Resolvers {
  const { store } = context;
  return {
    app: ({ name, id }: AppArguments) => appNode(context, appNamed(context, name ?? id)),
    apps: ({ organizationId }: { organizationId?: string | null }) =>
      connection(
        store.apps
          .all()
          .filter((app) => !organizationId || app.organization === organizationId)
          .map((app) => appNode(context, app)),
      ),
    appNameAvailable: ({ name }: { name: string }) => store.apps.get(name) === undefined,
    organizations: () =>
      connection(organizationSlugs(store).map((slug) => organizationNode(context, slug))),
    organization: ({ slug, id }: { slug?: string | null; id?: string | null }) =>
      organizationNode(context, slug ?? id ?? ""),
    personalOrganization: () => organizationNode(context, "personal"),
    machine({ machineId }: { machineId: string }) {
      const machine = store.machines.get(machineId);
      if (machine === undefined) throw notFoundError("Could not find Machine");
      return machineNode(context, machine);
    },
    // On this error flyctl skips the comparison of images.
    latestImageDetails() {
      throw notFoundError("Unknown repository");
    },
    viewer: LOCAL_USER,
    nearestRegion: { code: "iad", name: "Ashburn, Virginia (US)", gatewayAvailable: true },
  };
}

function mutations(context: FlyContext): Resolvers {
  return {
    allocateIpAddress({ input }: { input: AddressInput }) {
      const app = appNamed(context, input.appId);
      const address = assignAddress(context, app, { type: input.type, region: input.region });
      return { app: appNode(context, app), ipAddress: addressNode(address) };
    },
    releaseIpAddress({ input }: { input: AddressInput }) {
      const app = appNamed(context, input.appId);
      releaseAddress(context, app, String(input.ip));
      return { clientMutationId: null, app: appNode(context, app) };
    },
  };
}

function appNamed({ store }: FlyContext, name: string | null | undefined): AppRecord {
  const app = store.apps.get(name ?? "");
  if (app === undefined) throw notFoundError(`Could not find App "${String(name)}"`);
  return app;
}

function notFoundError(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "NOT_FOUND" } });
}

/** A whole list as one page: `first` and `after` page nothing here. */
function connection(nodes: readonly Resolvers[]): Resolvers {
  const pageInfo = {
    hasNextPage: false,
    hasPreviousPage: false,
    startCursor: null,
    endCursor: "",
  };
  return { nodes, pageInfo, totalCount: nodes.length };
}

function appNode(context: FlyContext, app: AppRecord): Resolvers {
  const { store } = context;
  const ownMachines = (): readonly MachineRecord[] =>
    store.machines
      .all()
      .filter(({ app: owner, state }) => owner === app.name && state !== "destroyed");
  const ownAddresses = store.addresses.all().filter((address) => address.app === app.name);
  const shared = ownAddresses.find(({ type }) => type === "shared_v4");
  return {
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
    organization: () => organizationNode(context, app.organization),
    currentRelease: releaseNode(app),
    currentReleaseUnprocessed: releaseNode(app),
    releases: connection([releaseNode(app)]),
    releasesUnprocessed: connection([releaseNode(app)]),
    services: [],
    limitedAccessTokens: connection([]),
    // The shared address isn't among them: fly-go adds it from its own field.
    ipAddresses: connection(ownAddresses.filter((address) => address !== shared).map(addressNode)),
    sharedIpAddress: shared?.ip ?? null,
    image: ({ ref }: { ref: string }) => imageNode(ref),
    machines: () => connection(ownMachines().map((machine) => machineNode(context, machine))),
  };
}

/** Apps made by the API have no release; flyctl's `scale` wants one, with the config rebuilt from the Machines. */
function releaseNode(app: AppRecord): Resolvers {
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
    createdAt: app.created_at,
    user: LOCAL_USER,
  };
}

function organizationNode(context: FlyContext, slug: string): Resolvers {
  const ownApps = (): readonly AppRecord[] =>
    context.store.apps.all().filter(({ organization }) => organization === slug);
  return {
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
    limitedAccessTokens: connection([]),
    addOns: connection([]),
    members: { edges: [] },
    apps: () => connection(ownApps().map((app) => appNode(context, app))),
  };
}

function addressNode(address: AddressRecord): Resolvers {
  return {
    id: `ip_${sha256(address.ip).slice(0, 16)}`,
    address: address.ip,
    type: address.type,
    region: address.region,
    createdAt: address.created_at,
    serviceName: address.service_name ?? "",
  };
}

function machineNode(context: FlyContext, machine: MachineRecord): Resolvers {
  const { id, name, state, region, instance_id, created_at, updated_at, app, config } = machine;
  return {
    id,
    name,
    state,
    region,
    instanceId: instance_id,
    createdAt: created_at,
    updatedAt: updated_at,
    config,
    app: () => appNode(context, appNamed(context, app)),
    host: { id: `host-${region}` },
    ips: connection([{ family: "v6", kind: "privatenet", ip: machine.address, maskSize: 112 }]),
    egressIpAddresses: connection([]),
    events: connection(
      machine.events.map(({ id: event, type, status, source, timestamp }) => ({
        id: event,
        kind: type,
        status,
        source,
        machineVersion: { id: instance_id },
        timestamp: new Date(timestamp).toISOString(),
      })),
    ),
  };
}

/** No registry is asked: every reference exists, and its digest is made of its own text unless it names one. */
function imageNode(ref: string): Resolvers {
  const [, given] = ref.split("@");
  return {
    id: `img_${sha256(ref).slice(0, 12)}`,
    digest: given ?? `sha256:${sha256(ref)}`,
    ref,
    compressedSizeFull: "1",
    compressedSize: "1",
  };
}
