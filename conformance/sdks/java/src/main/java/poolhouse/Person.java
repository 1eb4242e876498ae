package poolhouse;

import static poolhouse.Journey.refusal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.services.cognitoidentityprovider.CognitoIdentityProviderClient;
import software.amazon.awssdk.services.cognitoidentityprovider.model.AuthFlowType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.AuthenticationResultType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.CodeDeliveryDetailsType;
import software.amazon.awssdk.services.cognitoidentityprovider.model.ConfirmSignUpResponse;
import software.amazon.awssdk.services.cognitoidentityprovider.model.GetUserResponse;
import software.amazon.awssdk.services.cognitoidentityprovider.model.InitiateAuthResponse;
import software.amazon.awssdk.services.cognitoidentityprovider.model.RespondToAuthChallengeResponse;
import software.amazon.awssdk.services.cognitoidentityprovider.model.SignUpResponse;
import software.amazon.awssdk.services.cognitoidentityprovider.model.VerifySoftwareTokenResponseType;

/** Who signs up and in. */
final class Person {
    private static final String NEW_PASSWORD = "Another-Horse-8";
    final String username = "zoë-" + Operator.random();
    final String email = Operator.random() + "@example.com";
    private final CognitoIdentityProviderClient client;
    private final Scene scene;
    private final String secretHash;
    private AuthenticationResultType tokens;

    Person(CognitoIdentityProviderClient client, Scene scene) throws GeneralSecurityException {
        this.client = client;
        this.scene = scene;
        byte[] key = scene.clientSecret().getBytes(StandardCharsets.UTF_8);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        byte[] named = (username + scene.clientId()).getBytes(StandardCharsets.UTF_8);
        this.secretHash = Base64.getEncoder().encodeToString(mac.doFinal(named));
    }

    Map<String, Object> signUp() throws Exception {
        Map<String, Object> weak = refusal(() -> register("short"));
        SignUpResponse made = register(Operator.PASSWORD);
        Map<String, Object> early = refusal(() -> signIn(Operator.PASSWORD));
        String code = Inbox.codeFor(email, 1);
        Map<String, Object> wrongCode = refusal(() -> confirm(another(code)));
        confirm(code);
        CodeDeliveryDetailsType sent = made.codeDeliveryDetails();
        boolean isMasked = sent.destination().equals(email.charAt(0) + "***@e***");
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("isConfirmed", made.userConfirmed());
        facts.put("sub", made.userSub());
        facts.put("delivery", List.of(sent.attributeName(), sent.deliveryMediumAsString(), isMasked));
        facts.put("weak", weak);
        facts.put("early", early);
        facts.put("wrongCode", wrongCode);
        return facts;
    }

    Map<String, Object> setUpAuthenticator() throws Exception {
        Map<String, Object> wrongPassword = refusal(() -> signIn("Wrong-Horse-7"));
        String token = signIn(Operator.PASSWORD).authenticationResult().accessToken();
        GetUserResponse user = client.getUser(request -> request.accessToken(token));
        String seed = client.associateSoftwareToken(request -> request.accessToken(token)).secretCode();
        long now = System.currentTimeMillis();
        String firstCode = Totp.at(seed, now);
        VerifySoftwareTokenResponseType status =
                client.verifySoftwareToken(request -> request.accessToken(token).userCode(firstCode)).status();
        client.setUserMFAPreference(request ->
                request.accessToken(token).softwareTokenMfaSettings(app -> app.enabled(true).preferredMfa(true)));
        String preferred = client.getUser(request -> request.accessToken(token)).preferredMfaSetting();
        InitiateAuthResponse asked = signIn(Operator.PASSWORD);
        String right = Totp.at(seed, now + Totp.STEP_MS); // a code counts once: this is the one after
        Map<String, Object> wrongTotp = refusal(() -> answer(asked, another(right)));
        tokens = answer(asked, right).authenticationResult();
        Map<String, String> attributes = new TreeMap<>();
        user.userAttributes().forEach(one -> attributes.put(one.name(), one.value()));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("wrongPassword", wrongPassword);
        facts.put("attributes", attributes);
        facts.put("username", user.username());
        facts.put("status", status.toString());
        facts.put("preferred", preferred);
        facts.put("challenge", asked.challengeNameAsString());
        facts.put("wrongTotp", wrongTotp);
        facts.put("tokens", List.of(tokens.tokenType(), tokens.expiresIn()));
        facts.put("idClaims", Inbox.claims(tokens.idToken()));
        facts.put("accessClaims", Inbox.claims(tokens.accessToken()));
        return facts;
    }

    Map<String, Object> useTokens() throws Exception {
        AuthenticationResultType refreshed = refresh().authenticationResult();
        Map<String, Object> before = Inbox.claims(tokens.accessToken());
        Map<String, Object> after = Inbox.claims(refreshed.accessToken());
        client.revokeToken(request -> request.clientId(scene.clientId())
                .clientSecret(scene.clientSecret())
                .token(tokens.refreshToken()));
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("sameSub", before.get("sub").equals(after.get("sub")));
        facts.put("sameAuthTime", before.get("auth_time").equals(after.get("auth_time")));
        facts.put("newId", !before.get("jti").equals(after.get("jti")));
        facts.put("hasRefreshToken", refreshed.refreshToken() != null);
        facts.put("revoked", refusal(this::refresh));
        facts.put("signedOut", refusal(() -> client.getUser(request -> request.accessToken(refreshed.accessToken()))));
        return facts;
    }

    Map<String, Object> recover() throws Exception {
        client.adminSetUserMFAPreference(request -> request.userPoolId(scene.poolId())
                .username(username)
                .softwareTokenMfaSettings(app -> app.enabled(false).preferredMfa(false)));
        CodeDeliveryDetailsType sent = client.forgotPassword(request ->
                        request.clientId(scene.clientId()).username(username).secretHash(secretHash))
                .codeDeliveryDetails();
        String code = Inbox.codeFor(email, 2);
        client.confirmForgotPassword(request -> request.clientId(scene.clientId())
                .username(username)
                .secretHash(secretHash)
                .confirmationCode(code)
                .password(NEW_PASSWORD));
        Map<String, Object> old = refusal(() -> signIn(Operator.PASSWORD));
        String token = signIn(NEW_PASSWORD).authenticationResult().accessToken();
        client.deleteUser(request -> request.accessToken(token));
        Map<String, Object> gone =
                refusal(() -> client.adminGetUser(request -> request.userPoolId(scene.poolId()).username(username)));
        return Map.of("medium", sent.deliveryMediumAsString(), "old", old, "gone", gone);
    }

    private SignUpResponse register(String password) {
        return client.signUp(request -> request.clientId(scene.clientId())
                .username(username)
                .secretHash(secretHash)
                .password(password)
                .userAttributes(attribute -> attribute.name("email").value(email)));
    }

    private ConfirmSignUpResponse confirm(String code) {
        return client.confirmSignUp(request -> request.clientId(scene.clientId())
                .username(username)
                .secretHash(secretHash)
                .confirmationCode(code));
    }

    private InitiateAuthResponse signIn(String password) {
        return client.initiateAuth(request -> request.clientId(scene.clientId())
                .authFlow(AuthFlowType.USER_PASSWORD_AUTH)
                .authParameters(Map.of("USERNAME", username, "PASSWORD", password, "SECRET_HASH", secretHash)));
    }

    private RespondToAuthChallengeResponse answer(InitiateAuthResponse asked, String code) {
        return client.respondToAuthChallenge(request -> request.clientId(scene.clientId())
                .challengeName(asked.challengeName())
                .session(asked.session())
                .challengeResponses(Map.of(
                        "USERNAME", username, "SECRET_HASH", secretHash, "SOFTWARE_TOKEN_MFA_CODE", code)));
    }

    private InitiateAuthResponse refresh() {
        return client.initiateAuth(request -> request.clientId(scene.clientId())
                .authFlow(AuthFlowType.REFRESH_TOKEN_AUTH)
                .authParameters(Map.of("REFRESH_TOKEN", tokens.refreshToken(), "SECRET_HASH", secretHash)));
    }

    private static String another(String code) {
        return code.equals("000000") ? "000001" : "000000";
    }
}
