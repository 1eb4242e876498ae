// An app as Amplify's documentation has it: npm aws-amplify, and its React <Authenticator> where `login` says by what people
// are known (username, email). The query names the pool, its client and the endpoint, too, so that one build serves every
// test; `window.auth` are the functions of aws-amplify/auth, for what the <Authenticator> has no form for.
import { Authenticator } from "@aws-amplify/ui-react";
import "@aws-amplify/ui-react/styles.css";
import { Amplify } from "aws-amplify";
import * as auth from "aws-amplify/auth";
import { createRoot } from "react-dom/client";

const { login, ...Cognito } = Object.fromEntries(new URLSearchParams(location.search));

Amplify.configure({ Auth: { Cognito } });
window.auth = auth;

function App() {
  return (
    <Authenticator loginMechanisms={[login]} signUpAttributes={["email"]}>
      {({ signOut, user }) => (
        <main>
          <p id="hello">{user.username}</p>
          <button onClick={signOut}>Sign out</button>
        </main>
      )}
    </Authenticator>
  );
}

if (login) createRoot(document.getElementById("root")).render(<App />);
