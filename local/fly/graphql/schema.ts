/**
 * The part of Fly's GraphQL schema that flyctl's commands for Machines reach (flyctl: gql/schema.graphql; fly-go:
 * resource_*.go), with Fly's names and types. A query that selects anything else is refused, as Fly refuses a field that it
 * doesn't have. Two deviations: a field that the emulator doesn't answer is nullable, and a field whose error makes Fly's
 * clients expect `data: null` isn't.
 */
import { buildSchema } from "graphql";

const CONNECTION_ARGUMENTS = "after: String, before: String, first: Int, last: Int";

export const schema = buildSchema(`
  scalar BigInt
  scalar ISO8601DateTime
  scalar JSON

  schema {
    query: Queries
    mutation: Mutations
  }

  type Queries {
    app(id: String, internalId: String, key: String, name: String): App!
    appNameAvailable(name: String!): Boolean!
    apps(${CONNECTION_ARGUMENTS}, active: Boolean, ids: [String!], organizationId: ID, platform: String, role: String, type: String): AppConnection!
    latestImageDetails(image: String!, flyVersion: String): ImageVersion!
    machine(machineId: String!): Machine!
    nearestRegion(wireguardGateway: Boolean): Region!
    organization(id: ID, name: String, slug: String): Organization!
    organizations(${CONNECTION_ARGUMENTS}, admin: Boolean, type: OrganizationType, withBillingIssuesOnly: Boolean): OrganizationConnection!
    personalOrganization: Organization!
    viewer: Principal!
  }

  type Mutations {
    allocateIpAddress(input: AllocateIPAddressInput!): AllocateIPAddressPayload!
    releaseIpAddress(input: ReleaseIPAddressInput!): ReleaseIPAddressPayload!
  }

  input AllocateIPAddressInput {
    appId: ID!
    clientMutationId: String
    network: String
    organizationId: ID
    region: String
    serviceName: String
    type: IPAddressType!
  }

  type AllocateIPAddressPayload {
    app: App!
    clientMutationId: String
    ipAddress: IPAddress
  }

  input ReleaseIPAddressInput {
    appId: ID
    clientMutationId: String
    ip: String
    ipAddressId: ID
  }

  type ReleaseIPAddressPayload {
    app: App!
    clientMutationId: String
  }

  type App {
    appUrl: String
    config: AppConfig
    createdAt: ISO8601DateTime!
    cnameTarget: String
    currentRelease: Release
    currentReleaseUnprocessed: Release
    deployed: Boolean!
    hostname: String
    id: ID!
    image(ref: String!): Image
    imageDetails: ImageVersion
    imageUpgradeAvailable: Boolean
    imageVersionTrackingEnabled: Boolean
    internalId: String
    internalNumericId: Int!
    ipAddress(address: String!): IPAddress
    ipAddresses(${CONNECTION_ARGUMENTS}): IPAddressConnection!
    key: String
    latestImageDetails: ImageVersion
    limitedAccessTokens(${CONNECTION_ARGUMENTS}): LimitedAccessTokenConnection!
    machine(id: String!): Machine
    machines(${CONNECTION_ARGUMENTS}, active: Boolean, version: Int): MachineConnection!
    name: String!
    network: String
    networkId: Int
    organization: Organization!
    platformVersion: PlatformVersionEnum
    regions: [Region!]
    releases(${CONNECTION_ARGUMENTS}): ReleaseConnection!
    releasesUnprocessed(${CONNECTION_ARGUMENTS}, status: String): ReleaseConnection!
    role: AppRole
    secrets: [Secret!]
    services: [Service!]!
    sharedIpAddress: String
    state: String
    status: String!
    version: Int!
  }

  type AppConnection {
    nodes: [App]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type AppConfig {
    definition: JSON
    errors: [String!]
    services: [Service!]
    valid: Boolean
  }

  type AppRole {
    name: String!
  }

  type Service {
    description: String
    hardConcurrency: Int
    internalPort: Int
    ports: [ServicePort!]
    protocol: String
    softConcurrency: Int
  }

  type ServicePort {
    handlers: [String!]
    port: Int
  }

  type Secret {
    createdAt: ISO8601DateTime
    digest: String
    id: ID
    name: String
  }

  type Release {
    configDefinition: JSON
    createdAt: ISO8601DateTime!
    description: String!
    evaluationId: String
    id: ID!
    image: Image
    imageRef: String
    inProgress: Boolean!
    reason: String!
    stable: Boolean!
    status: String!
    user: User
    version: Int!
  }

  type ReleaseConnection {
    nodes: [Release]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type Image {
    absoluteRef: String
    compressedSize: String!
    compressedSizeFull: BigInt
    digest: String!
    id: ID!
    label: String
    ref: String!
    registry: String
    repository: String
    tag: String
  }

  type ImageVersion {
    digest: String!
    registry: String!
    repository: String!
    tag: String!
    version: String
  }

  type IPAddress {
    address: String!
    createdAt: ISO8601DateTime!
    id: ID!
    network: Network
    region: String
    serviceName: String
    type: IPAddressType!
  }

  type IPAddressConnection {
    nodes: [IPAddress]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  enum IPAddressType {
    egress_v4
    egress_v6
    private_v6
    shared_v4
    v4
    v6
  }

  type Network {
    name: String!
    organization: Organization!
  }

  type Machine {
    app: App!
    config: JSON!
    createdAt: ISO8601DateTime!
    egressIpAddresses(${CONNECTION_ARGUMENTS}): EgressIPAddressConnection!
    events(${CONNECTION_ARGUMENTS}, kind: String): MachineEventConnection!
    host: Host!
    id: ID!
    instanceId: String!
    ips(${CONNECTION_ARGUMENTS}): MachineIPConnection!
    name: String!
    region: String!
    state: String!
    updatedAt: ISO8601DateTime!
  }

  type MachineConnection {
    nodes: [Machine]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type EgressIPAddress {
    id: ID!
    ip: String!
    region: String!
    updatedAt: ISO8601DateTime
    version: Int!
  }

  type EgressIPAddressConnection {
    nodes: [EgressIPAddress]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type MachineEvent {
    body: JSON
    id: ID!
    kind: String!
    machineVersion: MachineVersion
    source: String
    status: String
    timestamp: ISO8601DateTime!
  }

  type MachineEventConnection {
    nodes: [MachineEvent]
    pageInfo: PageInfo!
  }

  type MachineVersion {
    id: ID!
  }

  type MachineIP {
    family: String!
    id: ID
    ip: String!
    kind: String!
    maskSize: Int!
  }

  type MachineIPConnection {
    nodes: [MachineIP]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  type Host {
    id: ID!
  }

  type Organization {
    addOns(${CONNECTION_ARGUMENTS}, type: String): AddOnConnection!
    apps(${CONNECTION_ARGUMENTS}): AppConnection!
    billable: Boolean!
    billingStatus: String!
    id: ID!
    internalNumericId: BigInt!
    limitedAccessTokens(${CONNECTION_ARGUMENTS}): LimitedAccessTokenConnection!
    members(${CONNECTION_ARGUMENTS}): OrganizationMembershipsConnection!
    name: String!
    paidPlan: Boolean!
    provisionsBetaExtensions: Boolean!
    rawSlug: String!
    remoteBuilderApp: App
    remoteBuilderImage: String!
    settings: JSON
    slug: String!
    type: OrganizationType!
    viewerRole: String!
  }

  type OrganizationConnection {
    nodes: [Organization]
    pageInfo: PageInfo!
    totalCount: Int!
  }

  enum OrganizationType {
    PERSONAL
    SHARED
  }

  type OrganizationMembershipsConnection {
    edges: [OrganizationMembershipsEdge]
  }

  type OrganizationMembershipsEdge {
    cursor: String!
    joinedAt: ISO8601DateTime!
    node: User
    role: String!
  }

  type AddOn {
    id: ID!
    name: String
  }

  type AddOnConnection {
    nodes: [AddOn]
  }

  type LimitedAccessToken {
    createdAt: ISO8601DateTime!
    expiresAt: ISO8601DateTime!
    id: ID!
    name: String!
  }

  type LimitedAccessTokenConnection {
    nodes: [LimitedAccessToken]
  }

  enum PlatformVersionEnum {
    detached
    machines
    nomad
  }

  type PageInfo {
    endCursor: String
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
  }

  interface Principal {
    email: String!
    name: String
  }

  type User implements Principal {
    email: String!
    id: ID!
    name: String
    username: String
  }

  type Macaroon implements Principal {
    email: String!
    name: String
  }

  type Region {
    code: String!
    gatewayAvailable: Boolean!
    latitude: Float
    longitude: Float
    name: String!
    requiresPaidPlan: Boolean
  }
`);
