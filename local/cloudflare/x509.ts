/** @peculiar/x509, loaded after the metadata reflection that its injector needs. Import the package only through this file. */
import "./reflect-metadata.ts";

export * from "@peculiar/x509";
