"""The care texts that each carrier has registered for a sender: GetTemplate (web, list of care templates)."""

from collections.abc import Mapping

from worker.domain.account import Reading
from worker.domain.care_template import CareTemplate
from worker.providers import body
from worker.providers.esms.account import CARE, EsmsAccount
from worker.providers.esms.callbacks import NETWORKS
from worker.providers.esms.codes import REPORT_CODES
from worker.providers.esms.parsing import opened
from worker.providers.esms.writing import RequestSpec, post_json
from worker.providers.http import Fault, Reply


def ask(account: EsmsAccount, sender: str) -> RequestSpec:
    """The templates of one brandname."""
    fields = {**account.keys, "SmsType": CARE, "Brandname": sender}
    return post_json(account.rest("/json/GetTemplate/"), fields)


def read(got: Reply | Fault) -> Reading[list[CareTemplate]]:
    """The templates; a row without a text is left out, and then the list is not `whole`."""
    answer = opened(got, REPORT_CODES)
    rows = answer.rows("brandnametemplates")
    if rows is None:
        return answer.reading(None, "BrandnameTemplates")
    found = [_template(body.lower_names(row)) for row in rows if isinstance(row, Mapping)]
    told = [one for one in found if one.text]
    return answer.reading(told, whole=len(told) == len(rows))


def _template(fields: body.Fields) -> CareTemplate:
    network = body.storable(body.scalar(fields, "networkid"), body.LONGEST_CODE)
    text = body.storable(body.scalar(fields, "tempcontent"), 2_000)
    return CareTemplate(NETWORKS.get(network, network), text, body.storable(body.scalar(fields, "tempid"), 40))
