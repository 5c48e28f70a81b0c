/**
 * Dummy values for secrets, of a form that the servers accept. They are public on purpose and protect nothing: only the
 * server that a check starts on loopback ever runs with them.
 */

/** Self-signed for `dummy.invalid`, 2020–2120. */
export const dummyCertificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIBATAKBggqhkjOPQQDAjBEMRYwFAYDVQQDEw1kdW1teS5p
bnZhbGlkMSowKAYDVQQKEyFmbG90aWxsYSBkdW1teSBmb3IgY2hlY2tpbmcgZmls
ZXMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMEQxFjAUBgNVBAMT
DWR1bW15LmludmFsaWQxKjAoBgNVBAoTIWZsb3RpbGxhIGR1bW15IGZvciBjaGVj
a2luZyBmaWxlczBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABL7RxJlvubRYYeSw
eQrzOFI3wW1xLjVC9OYUcbenI6uW05qmNrEw1bB0PvB6v8plpn6Go0s6ufUC/rsQ
PvGY16ujHDAaMBgGA1UdEQQRMA+CDWR1bW15LmludmFsaWQwCgYIKoZIzj0EAwID
SAAwRQIhAKDIlGkNnmIv16slkQ+LcX0ovpidsD8hRtdEkP2GhNCiAiBEflrgeE80
DWJbl122aTuKNWw2vw0y44cMFH27LslHQQ==
-----END CERTIFICATE-----
`;

export const dummyKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCHImx0tuwkWZ1g/2
5aiODOmnFAy4weCO2b09SrLKL7uhRANCAAS+0cSZb7m0WGHksHkK8zhSN8FtcS41
QvTmFHG3pyOrltOapjaxMNWwdD7wer/KZaZ+hqNLOrn1Av67ED7xmNer
-----END PRIVATE KEY-----
`;

/** NATS refuses the same user twice, so each user has an nkey of its own. */
const dummyNkeys: Readonly<Record<string, { readonly publicKey: string; readonly seed: string }>> =
  {
    APP: {
      publicKey: "UARKG5OC6NS5MVM44G5MHQKE2C7ZHGKGMTFDK2AW7QOUWX6UOHBTFATJ",
      seed: "SUAHECLIS2MCVHBSSF7RSCG24VPP752WKIATPUJXMMOQWMWODRMINP5QRA",
    },
    LEAF: {
      publicKey: "UDUVI7SUTWIO54WRKKSO3FJWYEKRFAXPAGOZPLBMXUE7HZ2LVWGL5PB6",
      seed: "SUAIVMJZZR4WXTSYOUV7KZVXCYLZBTXPD2JIUR5DSES6PWZQZNZE2ESB5U",
    },
    OPERATOR: {
      publicKey: "UDD2CVZXQUISK3GKVEXI35Y3EN6D2XZU4GIM4STJATF6LUW7X37NUCQH",
      seed: "SUAKJW4XXO3LX3SQOY2U22BBDH6NOUJ5B2SFAJ3AP4JJU3SPVP44OUKN3U",
    },
    SYS: {
      publicKey: "UB7P3YCO6ZZVFPCD3D6YT5FUEWM37LCZFY5I3HNDIKKAPPH46WMCABQE",
      seed: "SUAPRR3ECBQH7TGXLTRBOBE5AJMBUKHGQJGBTOWFDEIHPP4QD2JBH7PAUE",
    },
  };

/** Returns a value of the right form for the app secret of this name. */
export function dummySecret(name: string): string {
  if (name === "ORIGIN_CERT") return Buffer.from(dummyCertificate).toString("base64");
  if (name === "ORIGIN_KEY") return Buffer.from(dummyKey).toString("base64");
  const nkey = /^NATS_([A-Z]+)_(PUBLIC|SEED)$/.exec(name);
  const pair = nkey === null ? undefined : dummyNkeys[nkey[1] ?? ""];
  if (pair !== undefined) return nkey?.[2] === "SEED" ? pair.seed : pair.publicKey;
  return `dummy-${name.toLowerCase()}`;
}
