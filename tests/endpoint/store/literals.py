"""Hypothesis generators of literals: plausible, odd and broken lexical forms of every datatype."""

from __future__ import annotations

from hypothesis import strategies as st

from geosparql.terms import RDF_LANG_STRING, XSD, XSD_STRING, Literal

digits = st.text("0123456789", min_size=1, max_size=20)
signs = st.sampled_from(["", "", "-", "+"])
plain_numbers = st.builds("{}{}".format, signs, digits)
decimals = st.builds("{}{}.{}".format, signs, st.one_of(st.just(""), digits), digits)
shortest = st.one_of(
    st.integers(-(10**17), 10**17).map(str),
    st.decimals(-(10**9), 10**9, places=4).map(lambda value: format(value, "f")),
)
doubles = st.one_of(
    st.floats()
    .map(repr)
    .map(lambda text: {"inf": "INF", "-inf": "-INF", "nan": "NaN"}.get(text, text)),
    st.builds("{}{}E{}".format, signs, decimals, st.integers(-400, 400)),
    st.sampled_from(["INF", "-INF", "+INF", "NaN", "-0", "-0.0", "0.0", ".5", "5."]),
)
zones = st.sampled_from(["", "", "Z", "+00:00", "-05:30", "+14:00", "+14:01", "-13:59", "+1:00"])
years = st.one_of(
    st.integers(0, 9999).map("{:04d}".format),
    st.sampled_from(["-0044", "-0001", "12345", "0000", "290001", "-290000", "02020"]),
)
two_digits = st.integers(0, 70).map("{:02d}".format)
months = st.integers(0, 13).map("{:02d}".format)
days = st.integers(0, 32).map("{:02d}".format)
hours = st.integers(0, 25).map("{:02d}".format)
dates = st.builds("{}-{}-{}{}".format, years, months, days, zones)
fractions = st.sampled_from(["", "", ".0", ".5", ".123456", ".1234567", "."])
date_times = st.one_of(
    st.builds(
        "{}-{}-{}T{}:{}:{}{}{}".format,
        years,
        months,
        days,
        hours,
        two_digits,
        two_digits,
        fractions,
        zones,
    ),
    st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat()),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    st.builds("2020-02-29T24:{}:00{}".format, st.sampled_from(["00", "01"]), zones),
)
booleans = st.sampled_from(["true", "false", "1", "0", "True", " true", ""])
anything = st.one_of(
    plain_numbers, decimals, shortest, doubles, dates, date_times, booleans, st.text(max_size=8)
)

datatypes = st.sampled_from(
    [
        XSD + name
        for name in (
            "integer",
            "decimal",
            "float",
            "double",
            "boolean",
            "date",
            "dateTime",
            "dateTimeStamp",
            "int",
            "byte",
            "unsignedLong",
            "nonNegativeInteger",
            "negativeInteger",
            "string",
            "time",
            "anyURI",
        )
    ]
    + ["http://example.org/unit", "urn:odd datatype"]
)
literals = st.one_of(
    st.builds(
        Literal,
        plain_numbers | shortest,
        st.sampled_from([XSD + "integer", XSD + "int", XSD + "long"]),
    ),
    st.builds(Literal, decimals | shortest, st.sampled_from([XSD + "decimal", XSD + "float"])),
    st.builds(Literal, doubles | shortest, st.sampled_from([XSD + "double", XSD + "float"])),
    st.builds(Literal, dates, st.just(XSD + "date")),
    st.builds(Literal, date_times, st.sampled_from([XSD + "dateTime", XSD + "dateTimeStamp"])),
    st.builds(Literal, anything, datatypes),
    st.builds(Literal, st.text(), st.just(XSD_STRING)),
    st.builds(
        Literal,
        st.text(),
        st.just(RDF_LANG_STRING),
        st.sampled_from(["en", "en-US", "EN", "de-1996", "zh-Hant"]),
    ),
)
