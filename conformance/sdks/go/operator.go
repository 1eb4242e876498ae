package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"sort"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	password    = "Correct-Horse-7"
	newPassword = "Another-Horse-8"
	group       = "engineers"
)

type scene struct {
	poolID, clientID, clientSecret string
	facts                          facts
}

func random() string {
	bytes := make([]byte, 4)
	must(rand.Read(bytes))
	return hex.EncodeToString(bytes)
}

func setUp(client *cognito.Client) scene {
	name := "journey-go-" + random()
	pool := must(client.CreateUserPool(background, &cognito.CreateUserPoolInput{
		PoolName:               &name,
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		UserPoolTags:           map[string]string{"sdk": "go", "stage": "test"},
	})).UserPool
	mfa := must(client.SetUserPoolMfaConfig(background, &cognito.SetUserPoolMfaConfigInput{
		UserPoolId:                    pool.Id,
		MfaConfiguration:              types.UserPoolMfaTypeOptional,
		SoftwareTokenMfaConfiguration: &types.SoftwareTokenMfaConfigType{Enabled: true},
	}))
	must(client.UntagResource(background, &cognito.UntagResourceInput{ResourceArn: pool.Arn, TagKeys: []string{"stage"}}))
	must(client.TagResource(background, &cognito.TagResourceInput{
		ResourceArn: pool.Arn,
		Tags:        map[string]string{"owner": "nobody"},
	}))
	tags := must(client.ListTagsForResource(background, &cognito.ListTagsForResourceInput{ResourceArn: pool.Arn})).Tags
	app := must(client.CreateUserPoolClient(background, &cognito.CreateUserPoolClientInput{
		UserPoolId:                 pool.Id,
		ClientName:                 aws.String("app"),
		GenerateSecret:             true,
		ExplicitAuthFlows:          []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
		PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled,
	})).UserPoolClient
	described := must(client.DescribeUserPool(background, &cognito.DescribeUserPoolInput{UserPoolId: pool.Id})).UserPool
	return scene{*pool.Id, *app.ClientId, *app.ClientSecret, facts{
		"isNamed":      *pool.Name == name,
		"createdMs":    described.CreationDate.UnixMilli(),
		"mfa":          mfa.MfaConfiguration,
		"tags":         tags,
		"secretLength": len(*app.ClientSecret),
		"users":        described.EstimatedNumberOfUsers,
	}}
}

func staff(client *cognito.Client, poolID string) facts {
	made := must(client.CreateGroup(background, &cognito.CreateGroupInput{
		UserPoolId: &poolID,
		GroupName:  aws.String(group),
		Precedence: aws.Int32(3),
	})).Group
	for _, name := range []string{"member-0", "member-1", "member-2", "member-3", "member-4"} {
		addMember(client, poolID, name)
	}
	users, sizes := listUsers(client, poolID)
	first := []any{}
	for _, user := range must(client.ListUsers(background, &cognito.ListUsersInput{
		UserPoolId:      &poolID,
		Filter:          aws.String(`username = "member-0"`),
		AttributesToGet: []string{"sub"},
	})).Users {
		first = append(first, []any{*user.Username, user.UserStatus, user.Enabled})
	}
	nowhere := os.Getenv("AWS_REGION") + "_Nowhere99"
	return facts{
		"group":       []any{*made.GroupName, *made.Precedence},
		"pageSizes":   sizes,
		"users":       users,
		"members":     listMembers(client, poolID),
		"first":       first,
		"existing":    refusal(createUser(client, poolID, "member-0")),
		"badFilter":   refusal(client.ListUsers(background, &cognito.ListUsersInput{UserPoolId: &poolID, Filter: aws.String("shoe = 7")})),
		"unknownPool": refusal(client.DescribeUserPool(background, &cognito.DescribeUserPoolInput{UserPoolId: &nowhere})),
	}
}

func createUser(client *cognito.Client, poolID, username string) (*cognito.AdminCreateUserOutput, error) {
	return client.AdminCreateUser(background, &cognito.AdminCreateUserInput{
		UserPoolId:    &poolID,
		Username:      &username,
		MessageAction: types.MessageActionTypeSuppress,
	})
}

func addMember(client *cognito.Client, poolID, username string) {
	must(createUser(client, poolID, username))
	must(client.AdminSetUserPassword(background, &cognito.AdminSetUserPasswordInput{
		UserPoolId: &poolID,
		Username:   &username,
		Password:   aws.String(password),
		Permanent:  true,
	}))
	must(client.AdminAddUserToGroup(background, &cognito.AdminAddUserToGroupInput{
		UserPoolId: &poolID,
		Username:   &username,
		GroupName:  aws.String(group),
	}))
}

func listUsers(client *cognito.Client, poolID string) (names []string, sizes []int) {
	pages := cognito.NewListUsersPaginator(client, &cognito.ListUsersInput{UserPoolId: &poolID, Limit: aws.Int32(2)})
	for pages.HasMorePages() {
		page := must(pages.NextPage(background))
		sizes = append(sizes, len(page.Users))
		names = append(names, usernames(page.Users)...)
	}
	sort.Strings(names)
	return names, sizes
}

func listMembers(client *cognito.Client, poolID string) (names []string) {
	pages := cognito.NewListUsersInGroupPaginator(client, &cognito.ListUsersInGroupInput{
		UserPoolId: &poolID,
		GroupName:  aws.String(group),
		Limit:      aws.Int32(2),
	})
	for pages.HasMorePages() {
		names = append(names, usernames(must(pages.NextPage(background)).Users)...)
	}
	sort.Strings(names)
	return names
}

func usernames(users []types.UserType) (names []string) {
	for _, user := range users {
		names = append(names, *user.Username)
	}
	return names
}
