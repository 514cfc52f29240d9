"""How the back office reads: columns of one joined query, scoped, without counting."""

from functools import reduce
from typing import Any, cast

from flask import g, request
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.base import ViewArgs
from sqlalchemy import ColumnElement, Select, inspect, literal, select

from clinic.admin.parts import Column, Filter
from clinic.audit import services as audit
from clinic.core.db import db
from clinic.core.engines import ONE_PLAN
from clinic.core.errors import NotFound
from clinic.core.ids import is_public_id
from clinic.web.pages import FURTHEST, asked_text

MOST_FILTERS = 8


class ReadingView(ModelView):
    """Lists and details of a screen that is described by its columns."""

    columns: tuple[Column, ...] = ()
    more: tuple[Column, ...] = ()
    """Shown with the details only."""
    title: tuple[Any, ...] = ()
    """What one row is called: columns, with commas between."""
    joins: tuple[Any, ...] = ()
    outer_joins: tuple[Any, ...] = ()
    order: tuple[Any, ...] = ()
    """The order of a fresh list, by columns that have an index."""
    filters: tuple[Filter, ...] = ()
    search_label: Any = ""
    sees: tuple[str, Any] | None = None
    """For the log of reads: a category, and the public id of the client in each row."""
    hidden: tuple[Any, ...] = ()
    """More to select, that no column shows, such as what a link is made of."""

    simple_list_pager = True
    can_set_page_size = True
    column_display_actions = False

    # -- what Flask-Admin would otherwise guess from the table

    def get_list_columns(self) -> Any:
        return [(column.name, column.label) for column in self.columns]

    get_export_columns = get_list_columns

    def get_details_columns(self) -> Any:
        return [(column.name, column.label) for column in (*self.columns, *self.more)]

    def get_sortable_columns(self) -> Any:
        return {column.name: column.sort for column in self.columns if column.sort}

    def init_search(self) -> bool:
        return type(self).found is not ReadingView.found

    def search_placeholder(self) -> Any:
        return self.search_label

    def scaffold_auto_joins(self) -> list[Any]:
        return []

    def _refresh_filters_cache(self) -> None:
        self._filters = list(self.filters) or None
        self._filter_args = {str(i): (i, flt) for i, flt in enumerate(self.filters)}
        self._filter_groups = None

    def _get_filter_groups(self) -> Any:
        groups: dict[str, list[Any]] = {}
        for i, flt in enumerate(self.filters):
            options = [(value, str(label)) for value, label in flt.live_options()]
            groups.setdefault(str(flt.name), []).append(
                {
                    "index": i,
                    "arg": str(i),
                    "operation": str(flt.operation()),
                    "options": options,
                    "type": flt.data_type,
                }
            )
        return groups

    # -- what was asked for

    def _get_list_extra_args(self) -> ViewArgs:
        """The arguments in the address, within reason; those unknown are dropped."""
        asked = super()._get_list_extra_args()
        return ViewArgs(
            page=min(max(asked.page or 0, 0), FURTHEST - 1),
            page_size=self.get_safe_page_size(min(max(asked.page_size or 0, 0), 1000)),
            sort=asked.sort if self._is_sort(asked.sort) else None,
            sort_desc=1 if asked.sort_desc else None,
            search=asked_text("search") or None,
            filters=(asked.filters or [])[:MOST_FILTERS],
            extra_args={},
        )

    def _is_sort(self, index: int | None) -> bool:
        return (
            index is not None and 0 <= index < len(self.columns) and bool(self.columns[index].sort)
        )

    def get_invalid_value_msg(self, value: str, filter: Any) -> str:  # noqa: A002
        g.refused_filters = [*g.get("refused_filters", ()), str(filter.name)]
        return ""

    def _get_list_filter_args(self) -> Any:
        """The filters in the address; one without sense is named on the page."""
        found: list[Any] = []
        for name in request.args:
            position, _, key = name[3:].partition("_")
            if name.startswith("flt") and key in self._filter_args:
                index, flt = self._filter_args[key]
                value = request.args[name]
                if flt.validate(value):
                    found.append((position, (index, str(flt.name), value)))
                else:
                    self.get_invalid_value_msg(value, flt)
        return [one for _, one in sorted(found, key=lambda item: item[0])]

    # -- the query

    def scope(self) -> tuple[ColumnElement[bool], ...]:
        """Criteria that every read keeps to: list, details, edit, deeds and lookups alike."""
        return ()

    def found(self, text: str) -> tuple[ColumnElement[bool], ...]:
        """Criteria of a search, on indexed columns; a screen that has none is not searched."""
        return ()

    def public_id(self) -> Any:
        return self.model.public_id

    def selected(self, columns: tuple[Column, ...]) -> Select[Any]:
        """One joined query of columns, within the scope."""
        values = [column.value.label(column.name) for column in columns]
        values += [
            column.small.label(column.small_name) for column in columns if column.small is not None
        ]
        seen = self.sees[1] if self.sees else literal("")
        query = select(
            self.public_id().label("public_id"),
            self._called().label("title"),
            seen.label("seen"),
            *values,
            *self.hidden,
        ).select_from(self.model)
        for join in self.joins:
            query = query.join(*join) if isinstance(join, tuple) else query.join(join)
        for join in self.outer_joins:
            query = query.outerjoin(*join) if isinstance(join, tuple) else query.outerjoin(join)
        return query.where(*self.scope())

    def _called(self) -> Any:
        first, *others = self.title
        return reduce(lambda so_far, part: so_far + ", " + part, others, first)

    def get_list(
        self,
        page: int | None,
        sort_column: Any,
        sort_desc: Any,
        search: str | None,
        filters: Any,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int | None, list[Any]]:
        """A page of rows, and whether there is another: one statement, nothing counted."""
        size = page_size or self.page_size
        query = self.selected(self.columns)
        if search:
            query = query.where(*self.found(search))
        for index, _, value in filters or ():
            flt = self.filters[index]
            query = query.where(flt.criterion(flt.clean(value)))
        query = query.order_by(*self._ordering(sort_column, sort_desc))
        if not (search or filters):
            query = query.execution_options(**{ONE_PLAN: True})
        rows = db.session.execute(query.limit(size + 1).offset((page or 0) * size)).all()
        g.has_next = len(rows) > size and (page or 0) + 1 < FURTHEST
        return None, self._noted(list(rows[:size]))

    def _ordering(self, sort_column: Any, sort_desc: Any) -> tuple[Any, ...]:
        if sort_column is None:
            return self.order
        chosen = self._sortable_columns[sort_column]
        # Rows that are alike need an order too; a key of another table keeps to its index.
        key = () if chosen[-1].key == "id" else inspect(self.model).primary_key
        return tuple(one.desc() if sort_desc else one.asc() for one in (*chosen, *key))

    def _noted(self, rows: list[Any]) -> list[Any]:
        """The same rows, once the log of reads knows whose records they show."""
        if self.sees:
            audit.saw(self.sees[0], [row.seen for row in rows])
        return rows

    def record(self, public_id: str) -> Any:
        """One row with all that its details show. Raises NotFound."""
        query = self.selected((*self.columns, *self.more))
        row = db.session.execute(query.where(self.public_id() == public_id)).first()
        if row is None:
            raise NotFound
        return self._noted([row])[0]

    def get_one(self, id: Any) -> Any:  # noqa: A002
        """The entity, if it is within the scope. Raises NotFound."""
        if not (isinstance(id, str) and is_public_id(id)):
            raise NotFound
        query = select(self.model).where(self.model.public_id == id, *self.scope())
        row = db.session.scalar(query)
        if row is None:
            raise NotFound
        return row

    def get_pk_value(self, model: Any) -> str:
        return cast(str, model.public_id)

    def titles(self, public_ids: list[str]) -> dict[str, str]:
        """What these rows are called, of those within the scope."""
        query = self.selected(()).where(self.public_id().in_(public_ids))
        return {row.public_id: row.title for row in db.session.execute(query)}
