"""Names for a city that does not exist. Every name is put together by chance; none is taken from anywhere."""

from collections.abc import Callable
from random import Random

_FIRST = (
    "拾穗 望舒 砚田 栖云 听澜 枕溪 漫野 知秋 半亩 未央 青隅 白榆 抱朴 采薇 长庚 澄怀 初霁 淡墨 叠翠 泛舟 "
    "浮玉 归鹿 含章 鹤汀 槐序 吉光 简兮 近月 景行 静观 开明 空山 朗吟 林栖 流萤 鹿鸣 洛书 眠云 鸣蜩 木欣 "
    "南枝 凝露 盘谷 蓬累 平畴 扑枣 栖梧 千寻 清樾 穹窿 秋涛 让泉 日涉 若水 三余 山意 少陵 折枝 拭尘 疏影 "
    "朔风 溯洄 桃蹊 天问 汀兰 万籁 微澜 温如 吾庐 夕照 晓色 欣荣 杏坛 岩扉 野渡 一苇 隐几 悠然 远岫 竹里"
).split()
_SECOND = (
    "集舍 新程 万象 同舟 远航 佳选 云集 优品 本味 良造 日知 时序 丰和 广源 恒采 有方 有光 小筑 正合 致和 "
    "达观 大观 得一 笃行 方寸 风物 甘棠 高朗 格物 共济 谷雨 国风 好味 和光 弘毅 厚朴 惠风 积微 嘉会 见素 "
    "匠意 锦绣 精一 居安 君选 乐购 乐业 礼成 立本 临川 明德 木石 念兹 培风 其华 奇美 勤工 且喜 如初 三思 "
    "上善 慎微 生生 诗礼 守拙 顺和 思齐 拓野 泰然 唯真 文心 无疆 向荣 信步 修远 雅集 养正 永年 云程 择善"
).split()
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎"
_GIVEN = (
    "一之子文书云丹丽乐仁佳俊信元光兰冬利卓君启和国坚城夏天宁安宏宇家容岩峰嵘川平庆强彤心志怡思慧敏斌明晓晨景"
)

TRADES = (
    ("网络科技", "网上销售日用百货、服装鞋帽；网络技术服务", "5292", "日用百货"),
    ("电子商务", "网上贸易代理；网上销售家居用品、厨具", "5292", "家居厨具"),
    ("食品", "预包装食品、散装食品网上零售", "5292", "休闲食品"),
    ("农产品", "初级农产品网上零售；水果、蔬菜配送", "5292", "生鲜水果"),
    ("服饰", "服装服饰设计、网上销售", "5292", "服装"),
    ("家纺", "家用纺织品生产、网上销售", "5193", "家纺"),
    ("母婴用品", "母婴用品、玩具网上零售", "5292", "母婴玩具"),
    ("化妆品", "化妆品、卫生用品网上零售", "5292", "美妆个护"),
    ("数码", "通讯设备、电子产品网上零售", "5292", "数码家电"),
    ("五金", "五金工具网上批发", "5193", "五金工具"),
    ("供应链管理", "供应链管理；仓储服务（不含危险品）", "7224", "企业服务"),
    ("国际贸易", "货物进出口；跨境电子商务零售进口", "5193", "跨境商品"),
    ("文化传媒", "直播策划；互联网广告发布", "7251", "直播服务"),
    ("信息技术", "软件开发；电子商务平台技术服务", "6490", "企业服务"),
)
SHOP_KINDS = (
    "百货商行",
    "食品经营部",
    "服装店",
    "水果店",
    "烟酒茶商行",
    "家居用品商行",
    "数码经营部",
    "鲜花店",
)
STREETS = (
    "听澜路 望舒路 采薇街 鹿鸣路 清樾路 知秋路 白榆巷 澄怀街 南枝路 远岫路 汀兰路 栖梧路 槐序街 长庚路 "
    "微澜街 青隅路 拾穗路 叠翠街 平畴路 晓色街"
).split()


def chooser(seed: int, topic: str) -> Random:
    """A source of chance that is the same for the same seed and topic, whatever else was chosen before."""
    return Random(f"{seed}/{topic}")  # noqa: S311 - for invention, not for secrets


class Names:
    """Gives names that were not given before."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._given: set[str] = set()

    def core(self) -> str:
        """What a firm calls itself (字号)."""
        return self._chance.choice(_FIRST) + self._chance.choice(_SECOND)

    def firm(self, place: str, trade: str) -> str:
        """A company."""
        return self.fresh(lambda: f"{place}{self.core()}{trade}有限公司")

    def business(self, district: str) -> str:
        """An individual business."""
        kinds = self._chance.choice
        return self.fresh(lambda: f"{district}{self.core()}{kinds(SHOP_KINDS)}")

    def fresh(self, make: Callable[[], str]) -> str:
        """The first name `make` gives that nobody has yet; numbered when chance gives no more new ones."""
        for _ in range(40):
            name = make()
            if self.claim(name):
                return name
        name = f"{make()}{len(self._given)}"
        self._given.add(name)
        return name

    def claim(self, name: str) -> bool:
        """Take a name made elsewhere; False when somebody has it."""
        if name in self._given:
            return False
        self._given.add(name)
        return True

    def person(self) -> str:
        """A person's name; many people share one."""
        chance = self._chance
        given = "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))
        return chance.choice(_SURNAMES) + given
