"""The templates of the floor, compiled once."""

from __future__ import annotations

from jinja2 import Environment

_environment = Environment(autoescape=True)

ROOMS = _environment.from_string("""<!doctype html><html lang="zh"><title>房屋</title><h1>房屋</h1><p>{{ count }} · {{ page }}</p>
<table><thead><tr><th>房屋<th>片区<th>楼栋<th>单元<th>楼层<th>房号<th>户型<th>朝向<th>建筑面积<th>使用面积<th>用途<th>装修<th>竣工日期</thead>
<tbody>{% for r in rows %}<tr><td><a href="/rooms/{{ r.id }}">{{ r.reference }}</a><td>{{ r.area }}<td>{{ r.building }}
<td>{{ r.entrance or "" }}<td>{{ r.floor }}<td>{{ r.number }}<td>{{ words[r.layout_id] }}<td>{{ words[r.orientation_id] }}
<td>{{ r.gross_area or "" }}<td>{{ r.usable_area or "" }}<td>{{ words[r.use_id] }}<td>{{ words[r.decoration_id] }}
<td>{{ r.completed_on or "" }}
{% endfor %}</tbody></table><a href="?page={{ page + 1 }}">下一页</a></html>""")

SEARCH = _environment.from_string("""<!doctype html><html lang="zh"><title>住户</title><h1>人员</h1><p>{{ count }} · {{ page }}</p>
<table><thead><tr><th>姓名<th>住户<th>房屋<th>关系<th>性别<th>出生日期<th>身份证号<th>电话<th>工作单位<th>常住</thead>
<tbody>{% for r in rows %}<tr><td><a href="/residents/{{ r.id }}">{{ r.name }}</a><td>{{ r.household or "" }} {{ r.household_name or "" }}
<td>{{ r.room or "" }}<td>{{ r.kinship.value if r.kinship else "" }}<td>{{ r.sex.value if r.sex else "" }}<td>{{ r.born_on or "" }}
<td>{{ r.id_number or "" }}<td>{{ r.phone or "" }}<td>{{ r.employer or "" }}<td>{{ r.living.value }}
{% endfor %}</tbody></table><a href="?page={{ page + 1 }}">下一页</a></html>""")
