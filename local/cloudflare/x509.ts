/** @peculiar/x509, loaded after the reflection its injector needs. Import it from here only. */
import "./reflect-metadata.ts";

export * from "@peculiar/x509";
