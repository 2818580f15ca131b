import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { after } from "../api/position";
import { addWords } from "../i18n";
import { Antd } from "../shell/Antd";
import type { Seat } from "../shell/seat";
import { Trouble } from "../shell/states";
import { Loading } from "../ui/Loading";
import { DashboardPage } from "./DashboardPage";
import * as words from "./words";

addWords(words);

/** Day is the dashboard of one organization, loaded when it is asked for. */
export default function Day({ seat }: { seat: Seat }) {
  const { org } = seat;
  const organization = useQuery({
    queryKey: ["organization", org],
    queryFn: () => answer(api.GET("/api/v1/orgs/{org}", { params: { path: { org }, query: after(org) } })),
  });
  if (organization.isError && !organization.data) return <Trouble error={organization.error} retry={() => void organization.refetch()} />;
  if (!organization.data) return <Loading />;
  return <Antd><DashboardPage key={org} organization={organization.data} seat={seat} /></Antd>;
}
