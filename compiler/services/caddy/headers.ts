/** Headers that concern one hop only: Caddy and the connection decide them. Source: RFC 9110, section 7.6.1 */
export const HOP_HEADERS = [
  "connection",
  "content-length",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Headers that Caddy sets on each request to a service. */
export const OWN_REQUEST_HEADERS = [
  "host",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
];
