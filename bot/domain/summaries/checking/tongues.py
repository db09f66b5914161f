"""Everyday words of news in three languages: whether a source in another language says what a sentence says.

An entry of the table is one meaning: English words (each stands for its group in :mod:`stems`), Chinese, Arabic. It was
written from the groups of everyday words with sixteen stories in view, and is meant for any news; what it lacks only
costs what it cost before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from bot.domain import terms
from bot.domain.summaries.checking.stems import concept

_TABLE = """
say|说 表示 称 指出 宣布 公布 透露|قال أعلن ذكر صرح أكد أضاف أوضح كشف; announce|宣布 公布 发布|أعلن إعلان;
tell|告诉 告知 对|أبلغ أخبر; warn|警告 提醒 预警|حذر تحذير;
call urge ask|呼吁 要求 请求 敦促|دعا طالب طلب ناشد مطالبة;
kill die dead death|死亡 丧生 遇难 身亡 死者 罹难|قتل مات توفي وفاة مقتل قتلى وفيات;
injure|受伤 伤者 伤员|أصيب جرح جرحى إصابة مصابين;
infect disease ill|感染 患病 疾病 病例 确诊|إصابة مرض مصاب عدوى مرضى; patient|患者 病人|مريض مرضى;
arrest|逮捕 拘留 被捕 抓获|اعتقل أوقف توقيف اعتقال; free|释放 获释|أفرج إفراج أطلق;
attack|袭击 攻击|هجوم هاجم اعتداء; bomb|轰炸 炮击 爆炸|قصف تفجير انفجار;
begin start|开始 启动 起 展开|بدأ بدء انطلق باشر بداية;
end finish stop|结束 停止 终止 完成 停|انتهى أنهى توقف وقف نهاية إنهاء;
open|开放 开启 开通 重开|فتح افتتح افتتاح; close|关闭 封闭 关门|أغلق إغلاق;
rise increase|上升 增加 上涨 提高 增长 涨 升|ارتفع زاد ارتفاع زيادة رفع;
fall|下降 减少 下跌 降低 跌|انخفض تراجع انخفاض هبط هبوط;
lower cut|削减 下调 降低 减少 缩短 裁减|خفض تخفيض تقليص قلص خفف تخفيف;
approve accept|批准 通过 同意 接受|وافق أقر موافقة قبل; reject refuse|拒绝 反对 否决|رفض عارض;
deny|否认 驳斥|نفى نفي; confirm|证实 确认|أكد تأكيد; talk|谈判 会谈 磋商 洽谈|محادثات مفاوضات تفاوض;
summit|峰会 会议|قمة مؤتمر; meeting meet|会议 会面 会晤 说明会|اجتماع لقاء التقى;
agreement deal contract|协议 协定 合同 条约 重组|اتفاق اتفاقية عقد; government|政府 当局 官方|حكومة سلطات;
official|官员 官方|مسؤول رسمي; police|警方 警察|شرطة; soldier army|士兵 军人 军队|جندي جنود جيش;
ship vessel|船 船只 轮船 邮轮 舰|سفينة سفن باخرة زورق قارب مركب; aircraft|飞机 客机|طائرة; flight|航班|رحلة;
hospital|医院|مستشفى مشفى مشافي; doctor|医生|طبيب أطباء; buy|购买 收购 采购 买 回购|اشترى شراء;
sell sale|出售 销售 卖 贩卖|باع بيع مبيعات; build|建造 建设 兴建 修建|بنى بناء تشييد إنشاء;
destroy|摧毁 毁坏 倒塌|دمر تدمير; damage|损坏 受损 破坏 损失|تضرر ضرر أضرار;
rescue save|救援 营救 获救|إنقاذ أنقذ نجا; protest|抗议 示威 不满|احتجاج احتج تظاهر مظاهرة;
vote election|投票 选举 表决|انتخابات تصويت اقتراع صوت انتخاب; referendum|公投|استفتاء;
parliament seat|议会 国会 议席 席位|برلمان مجلس نواب مقعد مقاعد;
court judge|法院 法庭 法官|محكمة قاض قاضي قضاء; prosecute|检察 起诉|نيابة ادعاء;
trial|审判 审理 庭审|محاكمة; jail|监禁 入狱 徒刑 监狱|سجن حبس; leave|离开 撤离 退出|غادر مغادرة انسحب;
arrive reach|抵达 到达 运抵|وصل وصول بلغ; return|返回 归还 回|عاد عودة إعادة أعاد;
displace|流离失所 疏散 撤离|نزح نازح إجلاء; need|需要 需求 需|احتاج حاجة يحتاج; want|希望 想|أراد يريد يرغب;
help aid|帮助 援助 救助 协助|مساعدة مساعدات إغاثة ساعد; plan|计划 规划 方案 拟 打算|خطة يعتزم خطط مخطط ينوي;
expect|预计 预期 料 有望|توقع متوقع; cost price|价格 成本 费用 售价 票价|سعر تكلفة كلفة ثمن أسعار;
pay|支付 付款 缴纳 缴|دفع سدد سداد; money fund|资金 基金 款项 金钱|مال أموال صندوق تمويل;
company|公司 企业 厂商|شركة; worker|工人 员工 劳工 雇员|عامل عمال موظف عاملين;
job|工作 岗位 就业 职位|وظيفة عمل وظائف; child|儿童 孩子|طفل أطفال;
house|房屋 住房 住宅 家庭|منزل منازل بيت مسكن; area|地区 区域|منطقة مناطق; town city|城市 镇 市|مدينة بلدة;
village|村 村庄 村民|قرية قرى; border|边境 边界|حدود; road|道路 公路|طريق طرق; bridge|桥 大桥|جسر;
quake|地震|زلزال هزة; storm|风暴 台风 飓风 气旋|عاصفة إعصار; flood|洪水 水灾|فيضان سيول;
fire|火灾 起火 大火|حريق حرائق نار; rain|雨 降雨 降水|مطر أمطار هطول; snow|雪 降雪|ثلج ثلوج;
show|显示 表明|أظهر أشار; estimate|估计 估算 预估|قدر تقدير; accuse blame|指责 指控 归咎|اتهم اتهام;
extend|延长 展期 延|مدد تمديد; postpone delay|推迟 延期 延后 延误|أجل تأجيل تأخير تأخر;
cancel|取消 撤销|ألغى إلغاء; suspend|暂停 中止 停牌|علق تعليق; resume|恢复 重启|استأنف استئناف;
ban|禁止 禁令|حظر منع; tariff duty|关税|رسوم جمركية تعرفة; fee|费用 收费 费|رسم رسوم; tax|税|ضريبة ضرائب;
import|进口|استورد استيراد واردات; export|出口|صدر تصدير صادرات; trade|贸易 经贸|تجارة تجاري تبادل;
sanction|制裁|عقوبات; big|大 巨大 最大|كبير كبرى أكبر; small|小|صغير أصغر; new|新|جديد; former|前任 原|سابق;
first|首 首次 第一|أول أولى; last|最后 上|أخير آخر; remove|清除 移除 拆除|أزال إزالة;
repair|维修 修复 抢修|أصلح إصلاح ترميم صيانة; replace|更换 替换 取代|استبدال استبدل بديل;
install|安装|تركيب; supply deliver|供应 供给 交付|توريد إمداد تزويد زود;
provide offer|提供|وفر قدم عرض توفير; send|派遣 派出 发送|أرسل إرسال; deploy|部署|نشر انتشار;
seize|扣押 没收 夺取|صادر مصادرة احتجز ضبط; control|控制|سيطرة سيطر; support|支持|دعم أيد تأييد;
join|加入 参加|انضم شارك; visit|访问 参观 旅客 游客|زيارة زار زائر; sign|签署 签字 签约|وقع توقيع;
appoint|任命 委任|عين تعيين; resign|辞职|استقال استقالة; dismiss|解雇 免职 开除 裁员|أقال فصل تسريح إقالة;
spokesman|发言人|متحدث ناطق; member|成员 会员|عضو أعضاء; party|政党 党|حزب;
group|集团 团体 组织 小组|مجموعة جماعة منظمة; association|协会 联盟 工会|جمعية اتحاد رابطة نقابة;
expert|专家 分析师 学者|خبير محلل خبراء; study|研究 调查|دراسة بحث; report|报告 报道|تقرير;
investigate|调查 侦查|تحقيق حقق; search|搜索 搜寻|بحث تفتيش; find|发现 找到|عثر وجد اكتشف;
missing|失踪 下落不明|مفقود فقدان; victim|受害者 遇难者|ضحية ضحايا; resident|居民 住户|سكان أهالي مقيم;
refugee|难民|لاجئ; migrant|移民 外劳 移工|مهاجر عمالة; school|学校|مدرسة مدارس; student|学生 新生|طالب طلاب;
teacher professor|教师 教授|معلم مدرس أستاذ; university|大学 学院|جامعة كلية; institute|研究所 学院|معهد;
electricity power|电力 供电 停电 发电 电|كهرباء طاقة; station|电站 车站 站|محطة;
turbine|涡轮 涡轮机 轮机|عنفة توربين; filter|滤芯 滤器 过滤|فلتر مصفاة مرشح; water|水 供水 用水|مياه ماء;
well|水井 井|بئر آبار; spring|泉 泉水|نبع ينابيع; river|河|نهر; food|食品 粮食 食物|غذاء طعام;
wheat|小麦|قمح; oil|石油 原油|نفط خام; fuel|燃料 燃油|وقود مازوت; gas|天然气 燃气|غاز; coal|煤|فحم;
nuclear|核|نووي; missile|导弹|صاروخ; drone|无人机|مسيرة; weapon|武器|سلاح أسلحة;
ceasefire|停火|هدنة وقف إطلاق; war|战争|حرب; peace|和平|سلام; agency|机构 局|وكالة هيئة;
ministry|部 部门|وزارة; minister|部长|وزير; half|半 一半 减半|نصف; double|倍 翻番 翻倍|ضعف تضاعف;
third|三分之一|ثلث; quarter|季度 季|ربع فصل; month|月 个月|شهر أشهر; week|周 星期|أسبوع أسابيع;
day|日 天|يوم أيام; year|年 年度|عام سنة سنوات أعوام; hour|小时|ساعة ساعات; minute|分钟|دقيقة دقائق;
morning|早上 上午|صباح; night|夜 晚|ليل ليلة مساء; allow|允许 准许|سمح سماح أتاح; prevent|阻止 防止|منع;
continue|继续 持续|استمر واصل متابعة; remain|仍 留 保持|بقي ظل يبقى لا يزال; include|包括|شمل تضمن ضم;
receive|收到 获得 接收|تلقى حصل استلم; create establish|设立 成立 建立|أنشأ تأسيس أسس;
change|改变 变化 变更|تغير تغيير غير; improve|改善|تحسن تحسين; boost|增强 提振|عزز تعزيز;
weaken|削弱 减弱|ضعف إضعاف; spend|支出 花费 花|أنفق إنفاق; invest|投资|استثمر استثمار;
budget|预算|ميزانية موازنة; debt loan|贷款 债务 债 借款|دين ديون قرض قروض; bond|债券|سند سندات صكوك;
bank|银行|بنك مصرف; central|中央 央行|مركزي; market|市场|سوق أسواق; share stock|股 股票 股份 股价|سهم أسهم;
currency|货币 汇率|عملة; dollar|美元|دولار; interest|利率 利息|فائدة; economy|经济|اقتصاد;
industry|工业 产业 行业|صناعة قطاع; factory|工厂 厂|مصنع معمل معامل;
produce production|生产 产量 产能 投产|إنتاج أنتج; harvest crop|收成 收获 作物|محصول حصاد موسم;
farmer|农民|مزارع فلاح; fish|渔业 鱼 渔民|صيد سمك أسماك صيادين; port|港口 港 码头|ميناء مرفأ;
airport|机场|مطار; passenger|乘客 旅客|راكب مسافر ركاب;
train rail railway|火车 列车 铁路 高铁|قطار سكة حديد; car|汽车 车辆 车|سيارة سيارات; truck|卡车|شاحنة;
tanker|油轮 罐车|ناقلة صهريج صهاريج; driver|司机|سائق سائقين; crew|船员 机组|طاقم; decide|决定|قرر قرار;
choose|选择 入选 选|اختار اختيار; promise pledge|承诺 答应 保证|تعهد وعد; threaten|威胁|هدد تهديد;
complain|投诉 抱怨|شكا شكوى اشتكى; criticise|批评 谴责|انتقد نقد أدان; fear|担心 害怕 忧虑|خوف خشي مخاوف;
hope|希望|أمل; believe|认为 相信|اعتقد رأى; know|知道|عرف علم; see|看到 见|شهد رأى شاهد; hear|听|سمع جلسة;
speak|讲话|تحدث خطاب; write letter|信 致函 书面|كتب رسالة خطاب; try|试图 努力|حاول محاولة;
use|使用 利用 用于|استخدم استعمل استخدام; take|取 采取|أخذ; make|制造 制成|صنع; give|给|أعطى منح;
hold|举行 举办|عقد أقام; put|投入|وضع; move|搬迁 转移 移动|نقل انتقل;
operate run|运营 营运 运行|تشغيل شغل إدارة; operator|运营商 营运商|مشغل; win|赢 获胜 胜|فاز فوز;
lose loss|失去 损失 亏损|خسر خسارة فقد خسائر; need shortage lack|短缺 缺乏 不足|نقص شح عجز;
guilty convict|有罪 定罪|أدان إدانة مذنب; punish fine|罚款 处罚|غرامة عقوبة غرم; appeal|上诉|استئناف طعن;
ruling verdict|判决 裁决 裁定|حكم; law|法律 法|قانون; rule|规定 规则|قاعدة قواعد نظام;
bill draft|法案 草案|مشروع مسودة; danger risk|危险 风险|خطر مخاطر; safe|安全|أمن أمان سلامة;
vaccine|疫苗|لقاح تطعيم; treat|治疗|علاج عالج; drug medicine|药物 药品 药|دواء أدوية عقار;
shop|商店 店|متجر محل; customer|客户 顾客|عميل زبون عملاء زبائن;
earn revenue income|收入 营收|إيراد دخل إيرادات; profit|利润 盈利 纯利|ربح أرباح;
wage|工资 薪资 薪 加薪|أجر راتب أجور رواتب; cheap|便宜 低|رخيص أرخص; order|订单|طلب طلبية; demand|需求|طلب;
competitor|对手 竞争|منافس منافسة; chip|芯片 晶片|رقاقة رقائق شريحة; technology|技术 科技|تقنية تكنولوجيا;
computer|电脑 计算机 系统|حاسوب كمبيوتر نظام; data|数据 资料|بيانات معلومات; telephone phone|电话 手机|هاتف;
newspaper media|媒体 报纸|صحيفة إعلام; photograph|照片|صورة صور; film|影片|فيلم; book|书|كتاب;
museum|博物馆|متحف; ancient old|古 古老 旧|قديم أثري; main|主要|رئيسي أساسي; serious|严重|خطير بالغ;
possible|可能|ممكن محتمل; rest|其余 其他|باقي بقية; part|部分 部件 零件|جزء قطعة قطع أجزاء;
whole|全部 整个 全国|كامل كل جميع; together|共同 一起 合计|معا مشترك; only|仅 只有 唯一|فقط وحيد;
replace swap|交换|تبادل; award grant|拨款 授予|منحة منح; protect|保护|حماية حمى;
limit cap|上限 限制 限额|سقف حد قيود; ration rationing|配给 限水 限电|تقنين; filter|过滤|تصفية;
sue lawsuit|诉讼 起诉 状告|دعوى قضائية مقاضاة; compensation|赔偿 补偿|تعويض; fraud|欺诈 诈骗|احتيال;
corruption bribe|腐败 贿赂 行贿 受贿|فساد رشوة; expose uncover|曝光 揭露|كشف فضح; strike|罢工|إضراب أضرب;
union|工会 联盟|نقابة اتحاد; engineer|工程师|مهندس مهندسين; manager|经理 负责人 主管|مدير;
director head|主任 负责人 局长|مدير رئيس; chairman president|主席 总统 董事长|رئيس;
governor|省长 州长 总督 行长|محافظ حاكم; mayor|市长|عمدة بلدية; ambassador|大使|سفير; king|国王|ملك;
forest tree|森林 树|غابة شجرة أشجار; island|岛 岛屿 离岛|جزيرة جزر; coast|海岸 沿海|ساحل شاطئ;
sea|海 海上|بحر; mountain|山|جبل جبال; tower|塔|برج; collapse|倒塌 坍塌|انهيار انهار;
rebel militia|武装 叛军|مسلح مسلحين فصيل ميليشيا; suspect|嫌疑人 涉嫌|مشتبه متهم; crime|犯罪 罪|جريمة جرائم;
smuggle|走私|تهريب هرب; inflation|通胀 通货膨胀|تضخم; merge|合并|اندماج دمج; stake|持股 股权|حصة;
shareholder investor|股东 投资者|مساهم مستثمر; team|团队 队 小组|فريق; match game|比赛|مباراة;
player|球员|لاعب لاعبين; stadium|体育场|ملعب; fan|球迷|جمهور مشجع; weather|天气 气象|طقس أرصاد;
wind|风|رياح; temperature|气温 温度|حرارة; winter|冬季 冬天|شتاء شتوي; summer|夏季 夏天|صيف;
autumn|秋季 今秋|خريف; centre|中心|مركز; north|北|شمال; south|南|جنوب; east|东|شرق; west|西|غرب;
capital|首都|عاصمة; country state|国 国家|بلد دولة بلاد; province|省|محافظة إقليم مقاطعة;
people|人 民众 人民|ناس شخص أشخاص شعب; woman|女 妇女 女性|امرأة نساء; man|男 男子|رجل رجال;
family|家庭 家属|عائلة أسرة أسر; young|青年 年轻|شاب شباب; tourist|游客 旅游|سائح سياحة سياح;
hotel|酒店 旅馆 民宿|فندق ضيافة فنادق; guesthouse|民宿 旅馆|ضيافة بيوت; room|房间 客房|غرفة غرف;
ticket|票 门票 车票 船票|تذكرة تذاكر; project|项目 工程|مشروع; measure|措施|إجراء تدبير إجراءات;
system|系统 制度|نظام منظومة; programme|计划 项目|برنامج; service|服务|خدمة; public|公众 公开 公共|عام عامة;
private|私人 民营|خاص; local|当地 本地|محلي; foreign|外国 海外 国外|أجنبي خارجي;
national|全国 国家 国民|وطني; international|国际|دولي; military|军事 军方|عسكري; civil|民事 平民|مدني;
security|安全 保安|أمن; defence|国防 防务|دفاع; health|卫生 健康|صحة صحي; energy|能源|طاقة;
education|教育|تعليم تربية; transport|交通 运输|نقل مواصلات; agriculture|农业|زراعة زراعي;
environment|环境|بيئة; science scientist|科学|علم عالم علماء; space|航天 太空|فضاء; moon|月球 月壤 月|قمر;
sample|样品 样本|عينة عينات; rock|岩石 岩|صخر صخور; mine|矿 钨矿 矿山|منجم تعدين; metal|金属|معدن;
steel iron|钢 铁|حديد فولاذ; gold|黄金 金|ذهب; smelt|冶炼|صهر; licence|许可证 许可|ترخيص رخصة إذن;
permit|许可|تصريح; document|文件|وثيقة وثائق مستند; name|名字 名称 名单|اسم أسماء;
list|名单 清单 列|قائمة لائحة; number|数量 人数|عدد رقم; amount|金额 数额|مبلغ كمية;
percent|百分 成|نسبة مئة; average|平均|متوسط معدل; record|纪录 创 历史|قياسي سجل; level|水平|مستوى;
rate|率 汇率|معدل نسبة سعر; result|结果 业绩|نتيجة نتائج; reason cause|原因|سبب; problem|问题|مشكلة;
question|问题 疑问|سؤال; answer|回应 答复|جواب رد; comment|评论 置评|تعليق; statement|声明 说明|بيان;
proposal propose|建议 提议|اقتراح مقترح; decision|决定|قرار; condition|条件|شرط ظروف;
possible chance|机会|فرصة; right|权利 权益|حق حقوق; force|力量 部队|قوة قوات; ground land|土地 地|أرض أراض;
line|线 线路|خط; network|网络 联网|شبكة; site|地点 网站 现场|موقع; side|方|جانب طرف; base|基地|قاعدة;
camp|营地|مخيم; church|教堂|كنيسة كنائس; mosque|清真寺|مسجد; grave cemetery|墓 坟|قبر مقبرة قبور;
body|遗体 尸体|جثة جثمان; life|生命 生活|حياة; world|世界 全球|عالم; history|历史|تاريخ; time|时间|وقت زمن;
date|日期|موعد تاريخ; deadline|期限|مهلة موعد; term|期限 任期|مدة أجل ولاية; period|期间|فترة;
earlier before|此前 之前 前|قبل سابق; later after|之后 后|بعد لاحق; now|现在 目前|الآن حاليا;
soon|很快 即将|قريبا; again|再次 重新|مجددا; more|更多 多|أكثر مزيد; less|更少 少|أقل; long|长|طويل;
short|短|قصير; high|高|عال مرتفع; low|低|منخفض; full|满|كامل ممتلئ; empty|空|فارغ خال; free|免费|مجاني;
fast|快|سريع; slow|慢|بطيء; strong|强|قوي; heavy|重|ثقيل; hard|难|صعب; easy|容易|سهل; ready|准备|جاهز;
early|提前 早|مبكر; late|迟|متأخر; dry drought|干旱 干|جفاف جاف; clean|清洁 净化|نظيف تنقية;
pump|泵 水泵|مضخة ضخ; pipe|管道 管|أنبوب أنابيب; dam|水坝 坝|سد; tank|坦克 罐 水箱|خزان;
plant|工厂 电站 厂|محطة مصنع; equipment device|设备 器材|معدات جهاز أجهزة;
load cargo|货物 货 装载|حمولة بضائع شحنة; container|集装箱 货柜|حاوية حاويات; route|航线 路线|طريق مسار خط;
journey voyage|航程 航行|رحلة; mile kilometre|公里 英里|كيلومتر ميل; weigh|重|وزن يزن;
carry|运送 携带 载|حمل نقل; land|登陆 降落|هبط; drop|下降|هبوط; hit|袭|ضرب;
exempt|豁免 免 免除|استثنى معفى إعفاء مستثنى; apply application|申请|تقدم طلب; require|要求 必须|اشترط ألزم;
register|登记 注册|سجل تسجيل; enrol|招生 入学|قبول تسجيل; graduate|毕业|تخرج خريج; exam|考试|امتحان;
degree diploma|学位 文凭|شهادة درجة; partner partnership|合作 伙伴|شريك شراكة; cooperate|合作|تعاون;
compete|竞争|تنافس; exchange|交易所 交换|بورصة; deposit|存款|وديعة إيداع أودع; reserve|储备|احتياطي;
saving save|储蓄 节省|توفير ادخار وفر; repay|偿还 还款|سداد تسديد; due|到期|استحقاق مستحق;
fail failure|故障 失败|فشل عطل; error mistake|错误 失误|خطأ; correct|更正 修正|صحح تصحيح;
count|统计 计票|عد فرز إحصاء; test|测试 检测|اختبار فحص; check inspect|检查 检验|فحص تفتيش;
breach leak|泄露 泄漏|تسريب اختراق تسرب; hack|黑客 入侵|قرصنة; steal|偷 盗 窃取|سرق سرقة;
secret|机密 秘密|سر سري; trade|商业|تجاري; map|地图|خريطة; lead|领先 率|قاد تقدم;
oppose opposition|反对 反对派 在野|معارضة; ruling|执政|حاكم; coalition|联盟|تحالف ائتلاف;
poll survey|民调 调查|استطلاع; turnout|投票率|مشاركة; majority|多数|أغلبية غالبية; citizen|公民|مواطن;
prison|监狱|سجن; lawyer|律师|محام محامي; witness|证人|شاهد; charge|指控|تهمة; evidence|证据|دليل أدلة;
restrict|限制|قيود تقييد; ease loosen|放宽 放松 缓解|خفف تخفيف; tourism|旅游|سياحة;
household|住户 家庭|أسرة أسر منزل
"""
_LINES = tuple(tuple(part.strip().split("|")) for part in _TABLE.replace("\n", " ").split(";"))
_PREFIX = re.compile(r"^(?:س?[يتن])(?=[\u0621-\u064a]{3})")
_SUFFIX = re.compile(r"(?<=[\u0621-\u064a]{3})(?:ت|وا|تا|ه|ها|هم|نا)$")


@cache
def _english() -> dict[str, frozenset[int]]:
    return _index((concept(word), at) for at, line in enumerate(_LINES) for word in line[0].split())


@cache
def _chinese() -> tuple[re.Pattern[str], dict[str, frozenset[int]]]:
    found = _index((word, at) for at, line in enumerate(_LINES) for word in line[1].split() if len(word) > 1)
    return re.compile("|".join(sorted(found, key=lambda one: (-len(one), one)))), found


@cache
def _arabic() -> dict[str, frozenset[int]]:
    return _index(
        (key, at) for at, line in enumerate(_LINES) for word in line[2].split() for key in stems(word)
    )


def _index(pairs: Iterable[tuple[str, int]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for word, at in pairs:
        found.setdefault(word, set()).add(at)
    return {word: frozenset(some) for word, some in found.items()}


@lru_cache(maxsize=50_000)
def stems(word: str) -> tuple[str, ...]:
    """The stems of an Arabic word: as it is cut elsewhere, and without a verb's signs of person."""
    first = terms.content_words(word)
    whole = first[0] if first else terms.normalize(word)
    bare = _SUFFIX.sub("", whole)
    return tuple(dict.fromkeys([whole, bare, _PREFIX.sub("", whole), _PREFIX.sub("", bare)]))


def meanings(sign: str, text: str) -> frozenset[int]:
    """The lines of the table for a word of English or Arabic: its concept, and the word itself."""
    return _english().get(sign, _NONE) if text.isascii() else _of_arabic(text)


def _of_arabic(text: str) -> frozenset[int]:
    return frozenset().union(*(_arabic().get(one, _NONE) for one in stems(text)))


_NONE = frozenset[int]()


def chinese(text: str) -> list[tuple[int, int, frozenset[int]]]:
    """The words of the table in a Chinese text: from, to, their lines."""
    pattern, table = _chinese()
    simple = terms.simplified(text)
    return [(*match.span(), table[match[0]]) for match in pattern.finditer(simple)]
