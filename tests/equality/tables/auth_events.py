"""What users have done, and whether it was they."""

import datetime

from tests.equality.language import (
    UUID,
    WRONG_PASSWORD,
    On,
    by_admin,
    claims,
    password_sign_in,
    row,
    user,
    wait,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"
NOBODY = ("UserNotFoundException", "User does not exist.")
OFF = "UserPoolAddOnNotEnabledException"
AUDITING = On(pool={"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})


ROWS = (
    row(
        "a sign-in is an event",
        "cognito.md 8.2",
        AUDITING,
        user(),
        password_sign_in(password=WRONG_PASSWORD).fails("NotAuthorizedException"),
        wait(seconds=1),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        by_admin("AdminListUserAuthEvents")
        .gives_only(
            AuthEvents=[
                {
                    "EventId": UUID,
                    "EventType": "SignIn",
                    "CreationDate": datetime.datetime,
                    "EventResponse": "Pass",
                    "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
                    "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Success"}],
                    "EventContextData": {"IpAddress": "127.0.0.1"},
                },
                {
                    "EventResponse": "Fail",
                    "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}],
                },
            ]
        )
        .keeps("event", "AuthEvents.0"),
        claims("$tokens.AccessToken", {"event_id": "$event.EventId"}),
        by_admin("AdminUpdateAuthEventFeedback", EventId="$event.EventId", FeedbackValue="Valid").gives_only(),
        by_admin("AdminListUserAuthEvents", MaxResults=1).gives(
            AuthEvents=[{"EventFeedback": {"FeedbackValue": "Valid", "Provider": "Admin"}}], NextToken=str
        ),
    ),
    row(
        "events without threat protection",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("AdminListUserAuthEvents").fails(OFF),
    ),
    row(
        "feedback without threat protection",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Valid").fails(OFF),
    ),
    row(
        "the events of nobody",
        "cognito.md 12.2 UserNotFound",
        AUDITING,
        by_admin("AdminListUserAuthEvents").fails(*NOBODY),
    ),
    row(
        "feedback of nobody",
        "cognito.md 12.2 UserNotFound",
        AUDITING,
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Valid").fails(*NOBODY),
    ),
    row(
        "feedback to nothing",
        "cognito.md 12.2 ResourceNotFound",
        AUDITING,
        user(),
        by_admin(
            "AdminUpdateAuthEventFeedback", EventId="4f6fd2a1-0000-4000-8000-000000000000", FeedbackValue="Valid"
        ).fails(NOT_FOUND),
    ),
    row(
        "feedback that there is not",
        "cognito.md 12.1 Enum",
        AUDITING,
        user(),
        by_admin("AdminUpdateAuthEventFeedback", EventId="x", FeedbackValue="Maybe").fails(WRONG),
    ),
    row(
        "feedback with a token that nobody sent",
        "cognito.md 1.10 UpdateAuthEventFeedback",
        AUDITING,
        user(),
        by_admin("UpdateAuthEventFeedback", EventId="x", FeedbackToken="a.b.c", FeedbackValue="Valid").fails(
            "NotAuthorizedException"
        ),
    ),
    row(
        "feedback with a token where nothing is protected",
        "cognito.md 12.3 UserPoolAddOnNotEnabledException",
        user(),
        by_admin("UpdateAuthEventFeedback", EventId="x", FeedbackToken="a.b.c", FeedbackValue="Valid").fails(OFF),
    ),
    row(
        "feedback with a token in a pool that is not there",
        "cognito.md 12.2 ResourceNotFound ?",
        by_admin(
            "UpdateAuthEventFeedback",
            UserPoolId="us-east-1_Nowhere99",
            EventId="x",
            FeedbackToken="a.b.c",
            FeedbackValue="Valid",
        ).fails(NOT_FOUND),
    ),
)
