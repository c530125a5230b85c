"""Messages between members in a case, as their systems send, read and acknowledge them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples, filters, signatures
from api.bodies import body
from api.positions import SIGNATURE, MessageSignatureSerializer
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from api.views.cases import cases_of
from core.errors import Conflict, Invalid, NotFound
from licensing.models import Case, CaseMessage
from licensing.policies import messages as policies
from licensing.selectors import messages as selectors
from licensing.services import messages


class MessageListSerializer(serializers.ModelSerializer[CaseMessage]):
    """A message without its text: who reads that opens the one, and the reading is noted."""

    case = serializers.CharField(source="case.reference")
    thread = serializers.UUIDField(source="begun_by.uid", help_text="the message that began it")
    sender = serializers.CharField(source="sender_id", help_text="the member that wrote it")
    authority = serializers.CharField(source="authority.name")
    sent_by = serializers.CharField(source="sent_by.name")
    to = serializers.SerializerMethodField(help_text="the members that may read it, besides the sender")
    subject = serializers.CharField(source="begun_by.subject", help_text="of its thread")
    signed = serializers.SerializerMethodField(help_text="whether a system sent and signed it")

    class Meta:
        model = CaseMessage
        fields: tuple[str, ...] = (
            "uid", "case", "thread", "sender", "authority", "sent_by", "sent_via", "sent_at", "to", "subject",
            "acknowledge_within", "signed",
        )  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_to(self, message: CaseMessage) -> list[str]:
        return [row.jurisdiction_id for row in message.addressees.all()]

    def get_signed(self, message: CaseMessage) -> bool:
        return hasattr(message, "signature")


class MessageStepSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="delivered, read or acknowledged")
    at = serializers.DateTimeField()
    seconds = serializers.SerializerMethodField(help_text="since it was sent")
    authority = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True)

    def get_seconds(self, step: selectors.Step) -> int:
        return int(step.after.total_seconds())


class StandingSerializer(serializers.Serializer[Any]):
    """What became of it at one member: the sender sees every member, a member only itself."""

    member = serializers.CharField(source="member.code")
    state = serializers.CharField(help_text="sent, delivered, read or acknowledged")
    acknowledge_by = serializers.DateTimeField(allow_null=True)
    receipts = MessageStepSerializer(source="steps", many=True)


class MessageSerializer(MessageListSerializer):
    text = serializers.SerializerMethodField(help_text="null until it is opened for your authority")
    standing = serializers.SerializerMethodField()

    class Meta(MessageListSerializer.Meta):
        fields: tuple[str, ...] = (*MessageListSerializer.Meta.fields, "text", "standing")

    def get_text(self, message: CaseMessage) -> str | None:
        return message.text if policies.may_see_text(self.context["request"].user, message) else None

    @extend_schema_field(StandingSerializer(many=True))
    def get_standing(self, message: CaseMessage) -> Any:
        found = selectors.standings(self.context["request"].user, message)
        return StandingSerializer(found, many=True).data


@extend_schema_serializer(
    examples=[shown("To one member, to be acknowledged within a day", examples.MESSAGE)]
)
class SendSerializer(serializers.Serializer[Any]):
    to = serializers.ListField(
        child=serializers.CharField(max_length=2), max_length=50, help_text="codes of members, e.g. FR"
    )
    text = serializers.CharField(max_length=messages.MOST_TEXT)
    subject = serializers.CharField(
        required=False, allow_blank=True, max_length=messages.MOST_SUBJECT, default=""
    )
    reply_to = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="a message of the same case"
    )
    acknowledge_within = serializers.IntegerField(
        min_value=1, max_value=messages.MOST_HOURS, required=False, allow_null=True, default=None,
        help_text="hours",
    )  # fmt: skip


class CaseMessageViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = MessageListSerializer
    filterset_class = filters.CaseMessageFilters
    ordering_fields = ("sent_at",)
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "signature": "cases:read",
        "create": "messages:write",
        "reading": "messages:write",
        "acknowledgement": "messages:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return CaseMessage.objects.none()
        return selectors.readable(self.person).filter(case=self._case())

    def _case(self) -> Case:
        """The case of the address; to exporters there are no messages, whether the case is theirs or not."""
        if not self.person.serves:
            raise NotFound()
        found: Case = visible(cases_of(self), reference=self.kwargs["reference"])
        return found

    def _message(self, uid: UUID) -> CaseMessage:
        found: CaseMessage = visible(self.get_queryset(), uid=uid)
        return found

    def _answer(self, uid: UUID, code: int = status.HTTP_200_OK) -> Response:
        serializer = MessageSerializer(self._message(uid), context=self.get_serializer_context())
        return Response(serializer.data, status=code)

    @extend_schema(
        summary="List the messages of a case that your member wrote or was written",
        description="Without their texts. Nobody reads what is between other members, and exporters read none.",
        responses={200: MessageListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one message",
        description="Its text is null until it is opened for your authority (`reading/`): who reads it is noted.",
        responses={200: MessageSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str = "", uid: UUID | None = None) -> Response:
        return self._answer(uid or self.kwargs["uid"])

    @extend_schema(
        summary="Open a message for your authority",
        description="The answer has its text. The first reading in each authority is noted; its sender sees that.",
        request=None,
        responses={200: MessageSerializer, **PROBLEMS},
    )
    def reading(self, request: Request, reference: str, uid: UUID) -> Response:
        messages.read(actor=self.person, message=self._message(uid))
        return self._answer(uid)

    @extend_schema(
        summary="Write to other members in a case",
        description="Only the members named under `to` may read it, besides your own. Sign the request (RFC 9421, "
        "docs/api.md, tag `entente-message`): what is unsigned or does not hold is refused, and so is a member "
        "that may not see the case.",
        parameters=SIGNATURE,
        request=SendSerializer,
        responses={201: MessageSerializer, **PROBLEMS},
    )
    def create(self, request: Request, reference: str) -> Response:
        case = self._case()
        data = body(request, SendSerializer)
        asked = data.pop("reply_to")
        answered = self.get_queryset().filter(uid=asked).first() if asked else None
        if asked and answered is None:
            raise Invalid.field("reply_to", _("Name a message of this case that you may read."))
        sent = messages.send(
            actor=self.person,
            case=case,
            reply_to=answered,
            signed=signatures.signed(request, self.person, signatures.MESSAGE_TAG),
            **data,
        )
        return self._answer(sent.uid, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Acknowledge a message for your member",
        description="A deliberate act, apart from reading it; once for each member.",
        request=None,
        responses={200: MessageSerializer, **PROBLEMS},
    )
    def acknowledgement(self, request: Request, reference: str, uid: UUID) -> Response:
        messages.acknowledge(actor=self.person, message=self._message(uid))
        return self._answer(uid)

    @extend_schema(
        summary="Read how a message was signed",
        description="What it takes to verify it offline, with docs/verify_position.py or any library. 404 where a "
        "person wrote it, 409 until it is opened for your authority: it holds the text.",
        responses={200: MessageSignatureSerializer, **PROBLEMS},
    )
    def signature(self, request: Request, reference: str, uid: UUID) -> Response:
        message = self._message(uid)
        if not hasattr(message, "signature"):
            raise NotFound()
        if not policies.may_see_text(self.person, message):
            raise Conflict(_("Open the message first: nobody of your authority has read it."))
        return Response(MessageSignatureSerializer(message.signature).data)
