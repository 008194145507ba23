"""From declarations to a running portal: the pages and the REST resource of every entity, and every hand-made page."""

from __future__ import annotations

from flask_appbuilder import AppBuilder

from app.dossier.pages import FilePages
from app.entity.api import EntityApi
from app.entity.views import EntityView
from app.registry import Entity, Registry

_VERB_OF = {"post": "write", "put": "write", "delete": "delete"}


def _class_name(entity: Entity, suffix: str) -> str:
    return "".join(part.capitalize() for part in entity.name.split("-")) + suffix


def view_class(entity: Entity) -> type[EntityView]:
    """The pages of an entity, under `/<subsystem>/<entity>/`."""
    facts = {"entity": entity, "class_permission_name": entity.module.name, "route_base": f"/{entity.module.subsystem.name}/{entity.name}"}
    bases = (FilePages, EntityView) if entity.file else (EntityView,)
    return type(_class_name(entity, "View"), bases, facts)


def api_class(entity: Entity) -> type[EntityApi]:
    """The REST resource of an entity, under `/api/v1/<entity>`."""
    facts = {
        "entity": entity,
        "class_permission_name": entity.module.name,
        "resource_name": entity.name,
        "openapi_spec_tag": f"{entity.module.name}: {entity.name}",
        "__doc__": entity.model.__doc__,
        # What does not exist in the module is no part of the interface either.
        "exclude_route_methods": {method for method, verb in _VERB_OF.items() if verb not in entity.module.verbs},
    }
    return type(_class_name(entity, "Api"), (EntityApi,), facts)


def build(appbuilder: AppBuilder, registry: Registry) -> None:
    """Register everything the registry holds."""
    for entity in registry.entities.values():
        appbuilder.add_view_no_menu(view_class(entity), endpoint=entity.name)
        appbuilder.add_api(api_class(entity))
    for page in registry.pages:
        page.view.class_permission_name = page.module.name
        appbuilder.add_view_no_menu(page.view)
