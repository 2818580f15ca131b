import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { answer, api, type Schema } from "../api/client";
import { after } from "../api/position";
import { Loading } from "../ui/Loading";
import { Antd } from "./Antd";
import { Trouble } from "./states";

interface Props {
  org: string;
  children: (organization: Schema["OrganizationView"]) => ReactNode;
}

/** Organized shows what needs the organization, once it is known. */
export function Organized({ org, children }: Props) {
  const organization = useQuery({
    queryKey: ["organization", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}", { params: { path: { org }, query: after(org) } })),
  });
  if (organization.isError && !organization.data) return <Trouble error={organization.error} retry={() => void organization.refetch()} />;
  if (!organization.data) return <Loading />;
  return <Antd>{children(organization.data)}</Antd>;
}
