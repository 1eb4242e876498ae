package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const step = 30 * time.Second

type person struct {
	client                      *cognito.Client
	scene                       scene
	username, email, secretHash string
}

func newPerson(client *cognito.Client, in scene) person {
	username := "zoë-" + random()
	mac := hmac.New(sha256.New, []byte(in.clientSecret))
	mac.Write([]byte(username + in.clientID))
	return person{client, in, username, random() + "@example.com", base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

func (p person) signUp(password string) (*cognito.SignUpOutput, error) {
	return p.client.SignUp(background, &cognito.SignUpInput{
		ClientId:       &p.scene.clientID,
		Username:       &p.username,
		SecretHash:     &p.secretHash,
		Password:       &password,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &p.email}},
	})
}

func (p person) confirm(code string) (*cognito.ConfirmSignUpOutput, error) {
	return p.client.ConfirmSignUp(background, &cognito.ConfirmSignUpInput{
		ClientId:         &p.scene.clientID,
		Username:         &p.username,
		SecretHash:       &p.secretHash,
		ConfirmationCode: &code,
	})
}

func (p person) signIn(password string) (*cognito.InitiateAuthOutput, error) {
	return p.client.InitiateAuth(background, &cognito.InitiateAuthInput{
		ClientId:       &p.scene.clientID,
		AuthFlow:       types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": p.username, "PASSWORD": password, "SECRET_HASH": p.secretHash},
	})
}

func (p person) answer(asked *cognito.InitiateAuthOutput, code string) (*cognito.RespondToAuthChallengeOutput, error) {
	return p.client.RespondToAuthChallenge(background, &cognito.RespondToAuthChallengeInput{
		ClientId:      &p.scene.clientID,
		ChallengeName: asked.ChallengeName,
		Session:       asked.Session,
		ChallengeResponses: map[string]string{
			"USERNAME":                p.username,
			"SECRET_HASH":             p.secretHash,
			"SOFTWARE_TOKEN_MFA_CODE": code,
		},
	})
}

func (p person) refresh(token string) (*cognito.InitiateAuthOutput, error) {
	return p.client.InitiateAuth(background, &cognito.InitiateAuthInput{
		ClientId:       &p.scene.clientID,
		AuthFlow:       types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": token, "SECRET_HASH": p.secretHash},
	})
}

func signUp(p person) facts {
	weak := refusal(p.signUp("short"))
	made := must(p.signUp(password))
	early := refusal(p.signIn(password))
	code := codeFor(p.email, 1)
	wrongCode := refusal(p.confirm(another(code)))
	must(p.confirm(code))
	sent := made.CodeDeliveryDetails
	return facts{
		"isConfirmed": made.UserConfirmed,
		"sub":         *made.UserSub,
		"delivery":    []any{*sent.AttributeName, sent.DeliveryMedium, *sent.Destination == p.email[:1]+"***@e***"},
		"weak":        weak,
		"early":       early,
		"wrongCode":   wrongCode,
	}
}

func setUpAuthenticator(p person) (*types.AuthenticationResultType, facts) {
	wrongPassword := refusal(p.signIn("Wrong-Horse-7"))
	token := must(p.signIn(password)).AuthenticationResult.AccessToken
	user := must(p.client.GetUser(background, &cognito.GetUserInput{AccessToken: token}))
	seed := must(p.client.AssociateSoftwareToken(background, &cognito.AssociateSoftwareTokenInput{AccessToken: token}))
	now := time.Now()
	verified := must(p.client.VerifySoftwareToken(background, &cognito.VerifySoftwareTokenInput{
		AccessToken: token,
		UserCode:    aws.String(totp(*seed.SecretCode, now)),
	}))
	must(p.client.SetUserMFAPreference(background, &cognito.SetUserMFAPreferenceInput{
		AccessToken:              token,
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
	}))
	preferred := must(p.client.GetUser(background, &cognito.GetUserInput{AccessToken: token})).PreferredMfaSetting
	asked := must(p.signIn(password))
	right := totp(*seed.SecretCode, now.Add(step)) // a code counts once: this is the one after
	wrongTotp := refusal(p.answer(asked, another(right)))
	result := must(p.answer(asked, right)).AuthenticationResult
	return result, facts{
		"wrongPassword": wrongPassword,
		"attributes":    valuesOf(user.UserAttributes),
		"username":      *user.Username,
		"status":        verified.Status,
		"preferred":     *preferred,
		"challenge":     asked.ChallengeName,
		"wrongTotp":     wrongTotp,
		"tokens":        []any{*result.TokenType, result.ExpiresIn},
		"idClaims":      claims(*result.IdToken),
		"accessClaims":  claims(*result.AccessToken),
	}
}

func useTokens(p person, tokens *types.AuthenticationResultType) facts {
	refreshed := must(p.refresh(*tokens.RefreshToken)).AuthenticationResult
	before, after := claims(*tokens.AccessToken), claims(*refreshed.AccessToken)
	must(p.client.RevokeToken(background, &cognito.RevokeTokenInput{
		ClientId:     &p.scene.clientID,
		ClientSecret: &p.scene.clientSecret,
		Token:        tokens.RefreshToken,
	}))
	return facts{
		"sameSub":         before["sub"] == after["sub"],
		"sameAuthTime":    before["auth_time"] == after["auth_time"],
		"newId":           before["jti"] != after["jti"],
		"hasRefreshToken": refreshed.RefreshToken != nil,
		"revoked":         refusal(p.refresh(*tokens.RefreshToken)),
		"signedOut":       refusal(p.client.GetUser(background, &cognito.GetUserInput{AccessToken: refreshed.AccessToken})),
	}
}

func recoverAccount(p person) facts {
	must(p.client.AdminSetUserMFAPreference(background, &cognito.AdminSetUserMFAPreferenceInput{
		UserPoolId:               &p.scene.poolID,
		Username:                 &p.username,
		SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: false, PreferredMfa: false},
	}))
	sent := must(p.client.ForgotPassword(background, &cognito.ForgotPasswordInput{
		ClientId:   &p.scene.clientID,
		Username:   &p.username,
		SecretHash: &p.secretHash,
	})).CodeDeliveryDetails
	must(p.client.ConfirmForgotPassword(background, &cognito.ConfirmForgotPasswordInput{
		ClientId:         &p.scene.clientID,
		Username:         &p.username,
		SecretHash:       &p.secretHash,
		ConfirmationCode: aws.String(codeFor(p.email, 2)),
		Password:         aws.String(newPassword),
	}))
	old := refusal(p.signIn(password))
	token := must(p.signIn(newPassword)).AuthenticationResult.AccessToken
	must(p.client.DeleteUser(background, &cognito.DeleteUserInput{AccessToken: token}))
	gone := refusal(p.client.AdminGetUser(background, &cognito.AdminGetUserInput{UserPoolId: &p.scene.poolID, Username: &p.username}))
	return facts{"medium": sent.DeliveryMedium, "old": old, "gone": gone}
}

func codeFor(to string, count int) string {
	deadline := time.Now().Add(10 * time.Second)
	for {
		var messages []struct{ Code string }
		reply := must(http.Get(os.Getenv("POOLHOUSE_INBOX") + "?to=" + url.QueryEscape(to)))
		err := json.NewDecoder(reply.Body).Decode(&messages)
		reply.Body.Close()
		if err == nil && len(messages) >= count {
			return messages[0].Code
		}
		if time.Now().After(deadline) {
			log.Fatalf("%d of %d messages: %v", len(messages), count, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// RFC 6238 with its defaults, which authenticator apps use.
func totp(secret string, at time.Time) string {
	key := must(base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret))
	mac := hmac.New(sha1.New, key)
	must(struct{}{}, binary.Write(mac, binary.BigEndian, at.Unix()/int64(step/time.Second)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

func another(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func claims(token string) facts {
	found := facts{}
	must(struct{}{}, json.Unmarshal(must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])), &found))
	return found
}

func valuesOf(attributes []types.AttributeType) facts {
	found := facts{}
	for _, one := range attributes {
		found[*one.Name] = *one.Value
	}
	return found
}
