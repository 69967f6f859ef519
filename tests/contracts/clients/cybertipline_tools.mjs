// Drives npm's cybertipline-tools against a receiver: node cybertipline_tools.mjs FOLDER BASE PLAN
// FOLDER holds its node_modules, PLAN names one below. Says what each call came to, as a JSON list.
import { pathToFileURL } from "node:url";

const [folder, base, plan] = process.argv.slice(2);
const entry = `${folder}/node_modules/cybertipline-tools/dist/index.js`;
const tools = await import(pathToFileURL(entry).href);

const client = new tools.Client({
  environment: tools.Environment.Testing,
  credentials: { username: "test", password: plan === "wrong_password" ? "wrong" : "test" },
});
client.baseUrl = base; // its only way to another server: no setting, a field without protection

const seen = [];
async function step(call, act) {
  try {
    const { data, requestId } = await act();
    seen.push({ call, data, requestId });
    return data;
  } catch (error) {
    seen.push({ call, error: error.message });
    return {};
  }
}

function report(changes = {}) {
  return {
    incidentSummary: {
      incidentType: tools.IncidentType.ChildSexTrafficking,
      incidentDateTime: new Date("2026-01-02T03:04:05Z"),
      incidentDateTimeDescription: "Publication of the ad",
      reportAnnotations: { spam: true },
    },
    incidentDetails: {
      webPageIncidents: [
        {
          url: ["https://ads.example.com/flat/7"],
          additionalInfo: "Flat to share, bluelantern, naïve €",
          thirdPartyHostedContent: true,
        },
      ],
      cellPhoneIncidents: [{ phoneNumber: { number: "555-0143", type: tools.PhoneType.Mobile } }],
    },
    reporter: { reportingPerson: { email: [{ email: "safety@example.com" }] } },
    personOrUserReported: {
      personOrUserReportedPerson: { email: [{ email: "poster@example.org", verified: true }] },
      espIdentifier: "account-seven",
      ipCaptureEvent: [
        {
          ipAddress: "192.0.2.7",
          eventName: tools.IPEventName.Upload,
          dateTime: new Date("2026-01-02T03:04:05Z"),
          port: 50123,
        },
      ],
    },
    additionalInfo: "Driven by cybertipline-tools",
    ...changes,
  };
}

const submit = (changes) => step("submit", () => client.submitReport(report(changes)));
const words = () => new File(["Flat to share, bluelantern\n"], "anzeige-ä.txt", { type: "text/plain" });
const page = (url) => ({ incidentDetails: { webPageIncidents: [{ url: [url] }] } });

const plans = {
  async filed() {
    await step("status", () => client.getStatus());
    const { reportId } = await submit();
    const { fileId } = await step("upload", () => client.uploadFile({ id: reportId, file: words() }));
    await step("fileinfo", () =>
      client.submitFileDetails({
        reportId,
        fileId,
        originalFileName: "anzeige-ä.txt",
        locationOfFile: "https://ads.example.com/flat/7",
        fileViewedByEsp: true,
        publiclyAvailable: true,
        details: [{ type: tools.FileDetailType.HASH, valuePair: [{ name: "revision", value: "first" }] }],
      }),
    );
    await step("finish", () => client.finishReport({ id: reportId }));
    await step("retract", () => client.cancelReport({ id: reportId }));
  },
  async withdrawn() {
    const { reportId } = await submit();
    await step("retract", () => client.cancelReport({ id: reportId }));
    await step("upload", () => client.uploadFile({ id: reportId, file: words() }));
  },
  wrong_password: () => step("status", () => client.getStatus()),
  escaped: () => submit(page("https://ads.example.com/?a=1%26b=2")),
  ampersand_in_url: () => submit(page("https://ads.example.com/?a=1&b=2")),
  less_than_in_words: () => submit({ additionalInfo: "rooms < 3" }),
  no_details: () => submit({ incidentDetails: undefined }),
  async lost_zero() {
    const address = [{ city: "Town", zipCode: "02139" }];
    await submit({ victim: [{ victimPerson: { address } }] });
  },
};

await plans[plan]();
console.log(JSON.stringify(seen));
