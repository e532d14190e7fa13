"""Names that sound right and belong to nobody: people, firms, streets, telephone numbers."""

from random import Random

# As the shipped supplier file has it.
SUPPLIER_EN = "Chenghu Power Supply Co., Ltd."

# The most common surnames of China, the commonest first.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
)
_GIVEN_FIRST = "建志文明晓海春秀玉国家永立俊思雅子梦雨佳欣嘉丽美桂云红小"
_GIVEN_SECOND = "华伟强军平杰涛超勇磊敏静芳娜艳娟霞丽英梅玲婷雪琳洁颖慧宇轩晨阳辉鹏飞龙玥"
_ENGLISH_GIVEN = (
    *("Alice", "Brian", "Clara", "Daniel", "Emma", "Frank", "Grace", "Henry", "Irene", "Jacob"),
    *("Karen", "Leo", "Maria", "Nathan", "Olivia", "Peter", "Quinn", "Rosa", "Samuel", "Wendy"),
)
_ENGLISH_SURNAMES = (
    *("Adler", "Bennett", "Carver", "Dalton", "Ellery", "Fenwick", "Garland", "Hartley", "Jarrow"),
    *("Kendrick", "Lowell", "Marlowe", "Norwood", "Osborne", "Prescott", "Radley", "Selwyn"),
    *("Tilford", "Underhill", "Vickers", "Winslow"),
)

# Places of the demo's county: none of them is on a map. The pinyin stands beside the characters.
_PLACES = (
    ("青岚", "Qinglan"),
    ("云汀", "Yunting"),
    ("松泽", "Songze"),
    ("远汐", "Yuanxi"),
    ("禾坪", "Heping Fields"),
    ("星渡", "Xingdu"),
    ("澄湾", "Chengwan"),
    ("柏峪", "Baiyu"),
    ("鹭洲", "Luzhou Islet"),
    ("石渚", "Shizhu"),
    ("霁川", "Jichuan"),
    ("枫圩", "Fengxu"),
)
_STREETS = (
    ("梧桐路", "Wutong Road"),
    ("银杏街", "Yinxing Street"),
    ("河滨路", "Hebin Road"),
    ("书院巷", "Shuyuan Lane"),
    ("桂花街", "Guihua Street"),
    ("码头路", "Matou Road"),
    ("新安路", "Xin'an Road"),
    ("稻香路", "Daoxiang Road"),
    ("水塔街", "Shuita Street"),
    ("长堤路", "Changdi Road"),
)
# The last digits that the SMS simulator knows, and how many of 1,000 customers have them: no wish,
# no such number, too many requests, never delivered.
FATES = ("21610", "21211", "20429", "30003", "30003")
_FATED = 15

# A word between place and trade, so that two firms seldom share a name.
_WORDS = (
    ("同禾", "Tonghe"),
    ("百瑞", "Bairui"),
    ("新荷", "Xinhe"),
    ("启帆", "Qifan"),
    ("万木", "Wanmu"),
    ("晴川", "Qingchuan"),
    ("嘉禾", "Jiahe"),
    ("蓝桥", "Lanqiao"),
    ("知夏", "Zhixia"),
    ("南乔", "Nanqiao"),
    ("北辰轩", "Beichenxuan"),
    ("三余", "Sanyu"),
)


def person(draw: Random) -> str:
    """Return a Chinese person's name of two or three characters."""
    surname = _SURNAMES[min(draw.randrange(len(_SURNAMES)), draw.randrange(len(_SURNAMES)))]
    first = draw.choice(_GIVEN_FIRST) if draw.randrange(10) < 8 else ""
    return surname + first + draw.choice(_GIVEN_SECOND)


def english_person(draw: Random) -> str:
    """Return an English person's name."""
    return f"{draw.choice(_ENGLISH_GIVEN)} {draw.choice(_ENGLISH_SURNAMES)}"


def firm(draw: Random, trade_zh: str, trade_en: str, *, english: bool) -> str:
    """Return the name of a firm, hospital or farm that does not exist."""
    place_zh, place_en = draw.choice(_PLACES)
    word_zh, word_en = draw.choice(_WORDS)
    return f"{place_en} {word_en} {trade_en}" if english else place_zh + word_zh + trade_zh


def home(draw: Random, town_zh: str, town_en: str, *, english: bool) -> str:
    """Return the address of a home in a town, the walk taking the reader from door to door."""
    street_zh, street_en = draw.choice(_STREETS)
    number, block = draw.randrange(1, 200), draw.randrange(1, 13)
    unit, floor, door = draw.randrange(1, 4), draw.randrange(1, 12), draw.randrange(1, 5)
    if english:
        return f"Room {floor}0{door}, Unit {unit}, Block {block}, {number} {street_en}, {town_en}"
    return f"{town_zh}{street_zh}{number}号{block}栋{unit}单元{floor}0{door}室"


def premises(draw: Random, town_zh: str, town_en: str, *, english: bool) -> str:
    """Return the address of a firm's premises in a town."""
    street_zh, street_en = draw.choice(_STREETS)
    number = draw.randrange(1, 400)
    return f"{number} {street_en}, {town_en}" if english else f"{town_zh}{street_zh}{number}号"


def mobile(draw: Random, serial: int) -> str:
    """
    Return the mobile number of the customer with the serial number.

    China keeps no range free for fiction. The demo uses +86 190 0000 0000 onwards, valid in form so
    that the checks are real; the simulator it talks to sends nothing to anybody. The last digits
    of some numbers are magic there: the message is refused, or is never delivered.
    """
    if draw.randrange(1000) < _FATED:
        return f"+86190{serial % 900 + 100}{draw.choice(FATES)}"
    return f"+861900{serial:07d}"
