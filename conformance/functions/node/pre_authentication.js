// PreAuthentication: nobody signs in by an app that was withdrawn, or by a release of an app that is too old.
const withdrawn = process.env.WITHDRAWN_CLIENTS.split(" ");
const oldestRelease = 3;

exports.handler = (event, context, callback) => {
  if (withdrawn.includes(event.callerContext.clientId)) {
    callback(new Error("This app was withdrawn"));
    return;
  }
  const release = event.request.validationData?.release;
  if (release !== undefined && Number(release) < oldestRelease) {
    callback(new Error("Please update the app"));
    return;
  }
  callback(null, event);
};
