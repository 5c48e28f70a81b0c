/** Fly resources as a program registers them, under mocks. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";

test("a certificate registers under its type token, and DNS records can be built from its outputs", async () => {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.push(args);
        const dnsRequirements = { ownership: { app_value: "app-1" } };
        return { id: "acme/app.example.com", state: { ...args.inputs, dnsRequirements } };
      },
      call: () => ({}),
    },
    "flotilla",
    "test",
  );
  const { AcmeCertificate } = await import("../../providers/fly/resources.ts");
  const args = { app: "acme", appId: "app-1", hostname: "app.example.com" };
  const certificate = new AcmeCertificate("app-certificate", args);
  const requirements = await new Promise((resolve) => {
    certificate.dnsRequirements.apply(resolve);
  });
  expect(requirements).toEqual({ ownership: { app_value: "app-1" } });
  expect(registered).toMatchObject([
    { type: "pulumi-nodejs:dynamic/fly:Certificate", name: "app-certificate", inputs: args },
  ]);
});
