/** GraphQL documents with the fields that flyctl's commands select (fly-go: resource_*.go, flyctl: genqlient). */

export const GET_APP_COMPACT = `
  query ($appName: String!) {
    appcompact:app(name: $appName) {
      id internalNumericId name hostname cnameTarget deployed network status appUrl platformVersion
      organization { id internalNumericId slug paidPlan }
      postgresAppRole: role { name }
    }
  }`;

export const GET_APP_BASIC = `
  query ($appName: String!) {
    appbasic:app(name: $appName) {
      id name platformVersion
      organization { id internalNumericId slug rawSlug paidPlan }
    }
  }`;

export const GET_APP_NETWORK = "query ($appName: String!) { app(name: $appName) { network } }";

export const GET_APPS = `
  query($org: ID, $role: String, $after: String) {
    apps(type: "container", first: 200, after: $after, organizationId: $org, role: $role) {
      pageInfo { hasNextPage endCursor }
      nodes {
        id name deployed hostname platformVersion
        organization { slug name }
        currentRelease { createdAt status }
        status
      }
    }
  }`;

export const GET_ORGANIZATIONS = `
  query($admin: Boolean!) {
    organizations(admin: $admin) {
      nodes { id slug name type paidPlan billable viewerRole internalNumericId }
    }
  }`;

export const GET_MACHINE = `
  query ($machineId: String!) {
    gqlmachine:machine(machineId: $machineId) {
      id name
      app { name organization { id slug } }
    }
  }`;

export const GET_IP_ADDRESSES = `
  query ($appName: String!) {
    app(name: $appName) {
      ipAddresses {
        nodes { id address type region createdAt network { name organization { slug } } serviceName }
      }
      sharedIpAddress
    }
  }`;

export const ALLOCATE_IP_ADDRESS = `
  mutation($input: AllocateIPAddressInput!) {
    allocateIpAddress(input: $input) { ipAddress { id address type region createdAt } }
  }`;

export const ALLOCATE_SHARED_IP_ADDRESS = `
  mutation($input: AllocateIPAddressInput!) {
    allocateIpAddress(input: $input) { app { sharedIpAddress } }
  }`;

export const RELEASE_IP_ADDRESS = `
  mutation($input: ReleaseIPAddressInput!) { releaseIpAddress(input: $input) { clientMutationId } }`;

export const LATEST_IMAGE_DETAILS = `
  query($image: String!, $flyVersion: String) {
    latestImageDetails(image: $image, flyVersion: $flyVersion) {
      registry repository tag version digest
    }
  }`;

export const RESOLVE_IMAGE = `
  query ($appName: String!, $imageRef: String!) {
    app(name: $appName) {
      id
      image(ref: $imageRef) { id digest ref compressedSize: compressedSizeFull }
    }
  }`;

export const CONFIG_CURRENT_RELEASE = `
  query FlyctlConfigCurrentRelease ($appName: String!) {
    app(name: $appName) { currentReleaseUnprocessed { configDefinition } }
  }`;

export const GET_RELEASES = `
  query($appName: String!, $limit: Int!) {
    app(name: $appName) {
      releases: releasesUnprocessed(first: $limit) {
        nodes {
          id version description reason status imageRef stable
          user { id email name }
          createdAt
        }
      }
    }
  }`;

export const GET_CURRENT_RELEASE = `
  query ($appName: String!) {
    app(name: $appName) {
      currentRelease: currentReleaseUnprocessed { id version status stable createdAt }
    }
  }`;

export const GET_EGRESS_IPS = `
  query ($appName: String!) {
    app(name: $appName) {
      machines { nodes { id egressIpAddresses { nodes { id ip version region } } } }
    }
  }`;
