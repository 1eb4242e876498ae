// The AWS SDK for Go v2 as its documentation has it, told nothing but the environment: an operator sets a user pool up, a
// person signs up and in with an authenticator app. Prints what it was told as one JSON document; see ../journey.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go"
)

type facts map[string]any

var background = context.Background()

func main() {
	client := newClient()
	scene := setUp(client)
	person := newPerson(client, scene)
	told := facts{
		"username": person.username,
		"email":    person.email,
		"clientId": scene.clientID,
		"poolId":   scene.poolID,
		"pool":     scene.facts,
		"staff":    staff(client, scene.poolID),
		"wrongKey": wrongKey(),
		"signUp":   signUp(person),
	}
	tokens, authenticator := setUpAuthenticator(person)
	told["authenticator"] = authenticator
	told["tokens"] = useTokens(person, tokens)
	told["recovery"] = recoverAccount(person)
	must(client.DeleteUserPool(background, &cognito.DeleteUserPoolInput{UserPoolId: &scene.poolID}))
	told["afterwards"] = refusal(client.DescribeUserPool(background, &cognito.DescribeUserPoolInput{UserPoolId: &scene.poolID}))
	if err := json.NewEncoder(os.Stdout).Encode(told); err != nil {
		log.Fatal(err)
	}
}

func newClient(options ...func(*config.LoadOptions) error) *cognito.Client {
	once := config.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) })
	return cognito.NewFromConfig(must(config.LoadDefaultConfig(background, append(options, once)...)))
}

func wrongKey() facts {
	key := credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), "not-the-secret", "")
	stranger := newClient(config.WithCredentialsProvider(key))
	return refusal(stranger.ListUserPools(background, &cognito.ListUserPoolsInput{MaxResults: aws.Int32(1)}))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// What a call is refused with: the type is the SDK's own only where it knows the code.
func refusal[T any](answer T, err error) facts {
	if err == nil {
		return facts{"answered": answer}
	}
	var api smithy.APIError
	var reply *awshttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &reply) {
		log.Fatal(err)
	}
	kind := reflect.TypeOf(api).Elem().Name()
	if kind == "GenericAPIError" {
		kind = ""
	}
	return facts{
		"type":         kind,
		"code":         api.ErrorCode(),
		"message":      api.ErrorMessage(),
		"status":       reply.HTTPStatusCode(),
		"hasRequestId": reply.ServiceRequestID() != "",
	}
}
