import type { ReactNode } from "react";
import type { Schema } from "../api/client";
import { Loading } from "../ui/Loading";
import { Antd } from "./Antd";
import { Trouble } from "./states";
import { useOrganization } from "./useOrganization";

interface Props {
  org: string;
  children: (organization: Schema["OrganizationView"]) => ReactNode;
}

/** Organized shows what needs the organization, once it is known. */
export function Organized({ org, children }: Props) {
  const organization = useOrganization(org);
  if (organization.isError && !organization.data) return <Trouble error={organization.error} retry={() => void organization.refetch()} />;
  if (!organization.data) return <Loading />;
  return <Antd>{children(organization.data)}</Antd>;
}
