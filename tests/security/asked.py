"""What is asked at each address: with the rights for it, the portal answers by a page, a file or a word about the form. Here stands only
what does not follow from the names in an address; a new address usually needs nothing."""

from __future__ import annotations

from typing import Any

from tests.portal import PASSWORD
from tests.security.world import FORM, World

QUERIES = {
    "cell": "field={field}",
    "choices": "field={relation}",
    "conditions": "field={field}",
    "EnquiryView.conditions": "subject=rooms",
    "EnquiryView.order": "subject=rooms",
    "EnquiryView.columns": "subject=rooms",
    "EnquiryView.file": "subject=rooms",
    "EnquiryView.save": "subject=rooms",
    "EnquiryView.new": "subject=rooms",
    "GridView.find": "q=1",
    "RolesView.choices": "among=areas",
    "RolesView.part": "scope=rooms",
    "SchedulesView.times": "cron=0 3 * * *",
    "SearchView.page": "q=1",
    "SearchView.hits": "q=1",
    "SearchApi.get": "q=1",
}
"""By endpoint, or by the last part of it where an entity's pages are meant."""

FORMS: dict[str, dict[str, Any]] = {
    "ApiKeysView.renew": {"overlap": "0"},
    "save_cell": {"field": "{field}", "{field}": ""},
    "delete_selected": {"ids": "{record}"},
    "bulk_edit": {"ids": "{record}"},
    "reveal": {"field": "{masked}"},
}
BODIES: dict[str, Any] = {
    "SecurityApi.login": {"username": "nobody", "password": PASSWORD, "provider": "db"},
    "AreaPlanView.places": {"places": []},
}
"""JSON that is sent; to `/api/` an empty object is."""


HEADERS = {"UndoView.undo": {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}}


def arguments(world: World, actor: str, inside: bool, entity: str, endpoint: str, waiting: bool) -> dict[str, Any]:
    """What stands for the names in an address. An entity's pages are about its record; what people keep for themselves is the
    actor's own, and for `outside` that of somebody else."""
    records = world.inside if inside else world.outside
    keeper = world.own.get(actor, world.own["clerk"]) if inside else world.own["clerk"]
    about = keeper["job"] if entity == "jobs" else records.get(entity, 0)
    found = {
        "record_id": about,
        "pk": about,
        "picture_id": keeper.get(f"waiting {entity}", 0) if waiting else world.pictures.get((entity, inside), 0),
        "view_id": keeper[f"view {entity or 'pets'}"],
        "template_id": keeper[f"template {entity or 'pets'}"],
        "enquiry_id": keeper["enquiry"],
        "job_id": keeper["job"],
        "schedule_id": keeper["schedule"],
        "batch_id": keeper["batch"],
        "mapping_id": keeper["mapping"],
        "token": keeper["undo"],
        "building_id": records["buildings"],
        "room_id": records["rooms"],
        "area_id": records["areas"],
        "role_id": world.shared["role"],
        "user_id": world.shared["user"],
        "system_id": world.shared["system"],
        "key_id": world.shared["key"],
        "field": world.masked.get(entity, ""),
        "form": FORM,
        "version": "v1",
        "code": "zh",
        "locale": "zh",
        "name": "theme",
        "value": "dark",
        "filename": "css/ab.css" if endpoint.startswith("appbuilder") else "portal.css",
    }
    if endpoint.startswith("ListViewsView."):
        found["view_id"] = world.shared["view"]
    if endpoint.startswith("Generate"):
        found["batch_id"] = keeper["batch rooms" if "Rooms" in endpoint else "batch title-deeds"]
    return found
