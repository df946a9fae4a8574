"""The classes of bench/kajson_documents.cpp in Python."""
import datetime

import pydantic


class Place(pydantic.BaseModel):
    page: int
    box: list[float]


class Line(pydantic.BaseModel):
    text: str
    price: float
    place: Place


class Ticket(pydantic.BaseModel):
    title: str
    amount: float
    count: int
    paid: bool
    note: str | None
    due: datetime.date
    tags: list[str]
    lines: list[Line]
