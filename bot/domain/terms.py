"""Text as grouping, routing and summarizing see it: words, content words, entities, sentences.

Latin and Cyrillic scripts are cut at word borders and lightly stemmed; Chinese and Japanese become bigrams of
characters; Arabic is normalized (alef, ya, ta marbuta, diacritics) and loses its common prefixes.
"""

from __future__ import annotations

import operator
import re
import struct
import sys
import unicodedata
import zlib
from functools import lru_cache
from itertools import chain

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KANA = "\u3040-\u30ff"
_ARABIC = "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff"
_VOWELS = "\u064b-\u065f\u0670"  # written above and below letters: part of a word, not its border
_TOKEN = re.compile(
    # Plain letters first, for speed alone: they are a case of the last.
    rf"[A-Za-z]++(?![^\W\d_])(?:['’][^\W\d_]+)?|[{_HAN}{_KANA}]+|[{_ARABIC}][{_ARABIC}{_VOWELS}]*"
    r"|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?",
    re.UNICODE,
)
_CJK = re.compile(rf"[{_HAN}{_KANA}]")
_IS_ARABIC = re.compile(rf"[{_ARABIC}]")
_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_ALEF = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"})

_SHORT = """
mr mrs ms dr prof gen lt col sgt capt cmdr adm maj brig sen rep gov pres hon rev st jr sr vs etc inc
ltd co corp dept univ assn bros no nos fig vol pp ed est approx ca cf e.g i.e u.s u.k u.n u.a.e d.c
a.m p.m jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun v al ph.d
"""
_STOP_EN = """
a about above after again against all also although always am among an and another any are around as
at away back be became because been before being below between both but by came can could day days
did do does doing down during each either else even ever every few first for from further get given
go going gone got had has have having he her here hers herself him himself his how however i if in
including into is it its itself just last later least less like made make many may me might million
more most much must my near never new next no nor not now of off often on once one only or other our
out over own per put rather said same say saying says see several she should since so some still
such take than that the their them then there these they this those though through thus to today
told too two under until up upon us use used very via was we week well were what when where whether
which while who whom whose why will with within without would year years yesterday yet you your
monday tuesday wednesday thursday friday saturday sunday according percent three reported reports
news
"""
_STOP_AR = """
في من على الى عن ان إن أن هذا هذه ذلك تلك التي الذي الذين ما لا لم لن قد كان كانت يكون تكون هو هي هم
كما بعد قبل بين خلال عند منذ حتى مع أو ثم كل بعض غير نحو أكثر اكثر ايضا أيضا وقال قال قالت وقالت يوم
امس اليوم عام حيث بعدما فيما إلى وفق اذا إذا لكن بل اي أي عدد اول أول نفسه نفسها أمام امام حول دون
ضد لدى ليس عليه عليها فيه فيها منه منها له لها به بها
"""
_STOP_ZH = """
我们 他们 这个 一个 表示 认为 没有 可以 已经 因为 所以 但是 以及 其中 对于 关于 进行 可能 目前 今天
昨天 周一 周二 周三 周四 周五 周六 周日 报道 消息 同时 还是 不是 就是 这些 那些 什么 自己 如果 而且
以来 之后 之前 方面 有关 指出 称说 说道 当天 日前 近日 以后
"""


# Traditional and simplified forms, one pair each: the common ones. A list of 740 lacked 圍, 屆, 頃, 700 more,
# and papers of Taipei and Beijing seemed to share fewer words than they do.
_FORMS = """
與与 專专 業业 東东 絲丝 兩两 嚴严 喪丧 個个 豐丰 臨临 為为 麗丽 舉举 義义 烏乌 樂乐 喬乔 習习 鄉乡 書书 買买
亂乱 爭争 虧亏 雲云 亞亚 產产 親亲 億亿 僅仅 從从 侖仑 倉仓 儀仪 們们 價价 眾众 優优 會会 傳传 傷伤 倫伦 偽伪
體体 餘余 傭佣 俠侠 偵侦 側侧 僑侨 債债 傾倾 償偿 儲储 兒儿 黨党 蘭兰 關关 興兴 養养 獸兽 內内 岡冈 冊册 寫写
軍军 農农 馮冯 衝冲 決决 況况 凍冻 淨净 準准 涼凉 減减 湊凑 幾几 鳳凤 憑凭 凱凯 擊击 劃划 劉刘 則则 剛刚 創创
刪删 別别 劑剂 劇剧 勸劝 辦办 務务 動动 勵励 勁劲 勞劳 勢势 勳勋 匯汇 區区 醫医 華华 協协 單单 賣卖 盧卢 衛卫
卻却 廠厂 廳厅 歷历 壓压 厭厌 廁厕 廈厦 廚厨 縣县 參参 雙双 發发 變变 敘叙 葉叶 號号 嘆叹 嚇吓 呂吕 嗎吗 啟启
吳吴 員员 聽听 響响 啞哑 喚唤 嘗尝 噸吨 國国 圖图 圓圆 聖圣 場场 壞坏 塊块 堅坚 壇坛 墳坟 墜坠 壟垄 墊垫 墾垦
牆墙 壯壮 聲声 殼壳 處处 備备 復复 夠够 頭头 誇夸 夾夹 奪夺 奮奋 獎奖 奧奥 婦妇 媽妈 孫孙 學学 寧宁 寶宝 實实
審审 憲宪 宮宫 寬宽 賓宾 對对 尋寻 導导 壽寿 將将 爾尔 塵尘 層层 屬属 嶼屿 歲岁 豈岂 島岛 嶺岭 峽峡 幣币 帥帅
師师 帳帐 帶带 幹干 並并 廣广 莊庄 慶庆 庫库 應应 廟庙 廢废 開开 異异 棄弃 張张 彌弥 彈弹 強强 歸归 當当 錄录
徹彻 徑径 憶忆 憂忧 懷怀 態态 總总 懇恳 惡恶 惱恼 悅悦 懸悬 驚惊 懼惧 慘惨 懲惩 慣惯 憤愤 願愿 戲戏 戰战 戶户
執执 擴扩 掃扫 揚扬 擾扰 撫抚 搶抢 護护 報报 擔担 擬拟 擁拥 攔拦 撥拨 擇择 掛挂 揮挥 損损 撿捡 換换 據据 擄掳
攜携 攝摄 擺摆 搖摇 撐撑 敵敌 數数 齊齐 鬥斗 斷断 無无 舊旧 時时 曠旷 顯显 晉晋 曉晓 暫暂 術术 機机 殺杀 雜杂
權权 條条 來来 楊杨 極极 構构 樞枢 槍枪 櫃柜 標标 棧栈 棟栋 樹树 樣样 橋桥 檢检 樓楼 歡欢 歐欧 殲歼 殘残 畢毕
氣气 漢汉 湯汤 溝沟 沒没 滬沪 淪沦 滄沧 淚泪 潑泼 澤泽 潔洁 灑洒 濁浊 測测 濟济 濃浓 湧涌 濤涛 漲涨 漁渔 滲渗
溫温 灣湾 濕湿 潰溃 滅灭 燈灯 靈灵 災灾 爐炉 點点 煉炼 煙烟 煩烦 燒烧 熱热 愛爱 爺爷 犧牺 狀状 猶犹 獨独 獄狱
獵猎 豬猪 獻献 瑪玛 環环 現现 璽玺 電电 畫画 療疗 瘋疯 皺皱 盤盘 監监 蓋盖 盜盗 礦矿 碼码 磚砖 確确 礎础 禮礼
禍祸 離离 禿秃 種种 積积 稱称 穩稳 窮穷 竊窃 競竞 筆笔 築筑 簡简 籌筹 簽签 類类 糧粮 緊紧 繫系 糾纠 紅红 約约
級级 紀纪 緯纬 純纯 綱纲 納纳 縱纵 紛纷 紙纸 紐纽 線线 練练 組组 細细 織织 終终 紹绍 經经 結结 繞绕 給给 絡络
絕绝 統统 繼继 績绩 續续 維维 綜综 綠绿 緬缅 縮缩 編编 緣缘 縫缝 網网 羅罗 罰罚 罷罢 聯联 職职 聞闻 肅肃 脅胁
勝胜 膽胆 脫脱 臉脸 艦舰 艙舱 艱艰 藝艺 節节 蘇苏 蘋苹 範范 莖茎 薦荐 榮荣 藥药 蓮莲 獲获 營营 蕭萧 薩萨 藍蓝
蔣蒋 虛虚 蟲虫 雖虽 補补 襲袭 裝装 裡里 製制 見见 觀观 規规 視视 覽览 覺觉 觸触 計计 訂订 認认 討讨 讓让 訓训
議议 訊讯 記记 講讲 許许 論论 設设 訪访 證证 評评 識识 訴诉 診诊 詞词 譯译 試试 詩诗 誠诚 話话 詢询 該该 詳详
語语 誤误 說说 請请 諸诸 諾诺 讀读 課课 誰谁 調调 談谈 謀谋 謠谣 謝谢 譴谴 譜谱 貝贝 負负 貢贡 財财 責责 賢贤
敗败 貨货 質质 販贩 貪贪 貧贫 購购 貿贸 費费 賀贺 賊贼 賈贾 資资 賦赋 賭赌 賞赏 賠赔 賴赖 賽赛 贊赞 贈赠 贏赢
趙赵 趕赶 趨趋 躍跃 踐践 車车 軌轨 轉转 輪轮 軟软 轟轰 輕轻 載载 較较 輔辅 輛辆 輝辉 輸输 轄辖 辭辞 辯辩 邊边
遼辽 達达 遷迁 過过 邁迈 運运 還还 這这 進进 遠远 違违 連连 遲迟 適适 選选 遜逊 遞递 遺遗 遙遥 鄧邓 郵邮 鄰邻
鄭郑 醬酱 釋释 鑒鉴 鋼钢 鐵铁 錢钱 針针 釣钓 鈴铃 銀银 銅铜 銷销 鎖锁 鋒锋 錯错 鍵键 鎮镇 鏡镜 長长 門门 閃闪
閉闭 問问 間间 鬧闹 閱阅 閣阁 隊队 陽阳 陰阴 陣阵 階阶 際际 陸陆 陳陈 險险 隨随 隱隐 難难 霧雾 靜静 韓韩 頁页
頂顶 項项 順顺 須须 預预 領领 頻频 題题 額额 顏颜 風风 飛飞 飯饭 飲饮 飽饱 館馆 馬马 馳驰 駐驻 駛驶 駕驾 驗验
騙骗 騰腾 魚鱼 魯鲁 鮮鲜 鯨鲸 鳥鸟 雞鸡 鵬鹏 鷹鹰 麥麦 黃黄 齒齿 龍龙 龜龟 臺台 灘滩 軋轧 滯滞 澀涩 癱瘫 薺荠
鑽钻 鏈链 闆板 閩闽 遊游 彙汇 週周 衹只 囉啰 稅税 説说 裏里 啓启 衆众 綫线 後后 於于 係系 爲为 傑杰 託托 採采
佔占 佈布 鐘钟 鍾钟 徵征 註注 丟丢 併并 侶侣 侷局 倆俩 倖幸 偉伟 傘伞 傢家 僕仆 僥侥 僱雇 儈侩 儉俭 儘尽 兇凶
兌兑 冪幂 凜凛 剋克 剎刹 剝剥 剷铲 劊刽 劍剑 勛勋 勻匀 卹恤 厲厉 叢丛 吶呐 唸念 喫吃 喲哟 嗆呛 嗚呜 嘔呕 嘩哗
嘯啸 噓嘘 噴喷 噹当 嚐尝 嚥咽 嚨咙 嚮向 囂嚣 囌苏 囑嘱 囪囱 圍围 園园 團团 堯尧 塗涂 塢坞 塹堑 墮堕 壘垒 壩坝
壺壶 夢梦 夥伙 妝妆 姦奸 娛娱 婁娄 嬌娇 嬰婴 嬸婶 孃娘 孿孪 寢寝 寵宠 屆届 屍尸 屜屉 屢屡 崑昆 崗岗 崙仑 嶄崭
嶽岳 巒峦 巖岩 幀帧 幟帜 幫帮 廂厢 廄厩 廬庐 弔吊 彆别 彎弯 彥彦 彫雕 恆恒 恥耻 悶闷 悽凄 慄栗 慚惭 慫怂 慮虑
慼戚 慾欲 憊惫 憐怜 憚惮 憫悯 懶懒 懾慑 戀恋 拋抛 挾挟 捨舍 捱挨 捲卷 掄抡 掙挣 揀拣 搗捣 摟搂 摯挚 摺折 摻掺
撈捞 撓挠 撲扑 撻挞 撾挝 擋挡 擠挤 擰拧 擱搁 擲掷 擻擞 攆撵 攏拢 攙搀 攣挛 攤摊 攪搅 攬揽 斂敛 斃毙 斬斩 昇升
晝昼 暈晕 暢畅 曆历 曬晒 枴拐 柵栅 桿杆 棗枣 棲栖 楓枫 榦干 槓杠 槳桨 樁桩 樑梁 樸朴 橢椭 橫横 檔档 檯台 檸柠
檻槛 櫥橱 櫻樱 欄栏 欽钦 歎叹 毀毁 毆殴 氈毡 氫氢 汎泛 汙污 沖冲 洩泄 洶汹 淒凄 淵渊 淺浅 渙涣 渦涡 渾浑 溼湿
滌涤 滷卤 滾滚 滿满 漣涟 漬渍 漸渐 漿浆 潛潜 潤润 澆浇 澗涧 澱淀 濘泞 濛蒙 濫滥 濰潍 濱滨 濺溅 濾滤 瀉泻 瀋沈
瀕濒 瀝沥 瀰弥 瀾澜 灤滦 煥焕 熒荧 熾炽 燙烫 燦灿 燬毁 燭烛 燴烩 燻熏 燼烬 爍烁 爛烂 牽牵 犢犊 狹狭 狽狈 猙狰
獅狮 獰狞 獺獭 琺珐 瑣琐 瑤瑶 瑩莹 瓊琼 甕瓮 甦苏 畝亩 疇畴 疊叠 痙痉 痠酸 瘍疡 瘓痪 瘡疮 瘧疟 癒愈 癟瘪 癡痴
癢痒 癥症 癬癣 皚皑 盃杯 盞盏 盡尽 盪荡 睏困 睜睁 瞞瞒 矇蒙 矚瞩 矯矫 硃朱 硯砚 碩硕 礙碍 礫砾 礬矾 祕秘 祿禄
禦御 禱祷 稈秆 稜棱 穀谷 穎颖 穢秽 穫获 窩窝 窪洼 窯窑 窺窥 竄窜 竅窍 筍笋 箇个 箋笺 篩筛 簍篓 簑蓑 簾帘 籃篮
籠笼 籤签 籬篱 籮箩 籲吁 粵粤 糞粪 紉纫 紋纹 紗纱 紡纺 紮扎 紳绅 絃弦 絆绊 絛绦 絞绞 絢绚 絨绒 絹绢 綁绑 綏绥
綑捆 綢绸 綴缀 綵彩 綸纶 綻绽 綽绰 綿绵 緒绪 緘缄 緝缉 緞缎 締缔 緩缓 緻致 縛缚 縴纤 縷缕 繃绷 繕缮 繡绣 繩绳
繪绘 繭茧 繳缴 繹绎 纏缠 纓缨 纔才 纖纤 纜缆 缽钵 罈坛 罵骂 羨羡 翹翘 聰聪 聳耸 聶聂 聾聋 脈脉 脣唇 脩修 脹胀
腎肾 腦脑 腫肿 腳脚 腸肠 膚肤 膠胶 膩腻 膿脓 臍脐 臘腊 臟脏 臥卧 艷艳 茲兹 荊荆 莢荚 菸烟 萊莱 萬万 葦苇 葷荤
蒐搜 蒼苍 蓆席 蔔卜 蔥葱 蔭荫 蕩荡 蕪芜 薊蓟 薑姜 薔蔷 薹苔 藹蔼 蘆芦 蘊蕴 蘿萝 虜虏 蛻蜕 蝕蚀 蝦虾 蝨虱 蝸蜗
螞蚂 螢萤 蟬蝉 蟻蚁 蠅蝇 蠍蝎 蠟蜡 蠱蛊 蠶蚕 蠻蛮 複复 褲裤 襖袄 襪袜 襬摆 襯衬 覓觅 訃讣 訖讫 訛讹 訝讶 訟讼
訣诀 証证 詐诈 詛诅 詠咏 詣诣 詫诧 詭诡 誅诛 誌志 誕诞 誘诱 誡诫 誣诬 誦诵 誨诲 誹诽 誼谊 諄谆 諒谅 諜谍 諧谐
諮咨 諱讳 諷讽 諺谚 謂谓 謄誊 謊谎 謎谜 謗谤 謙谦 謬谬 謹谨 譁哗 譏讥 譚谭 譟噪 譽誉 讒谗 讚赞 豎竖 豔艳 貓猫
貞贞 貫贯 貯贮 貳贰 貴贵 貶贬 貸贷 貼贴 賂赂 賃赁 賄贿 賒赊 賜赐 賤贱 賬账 賺赚 贅赘 贍赡 贓赃 贖赎 贛赣 跡迹
踴踊 蹟迹 蹤踪 躊踌 軀躯 軒轩 軸轴 輓挽 輥辊 輩辈 輯辑 輻辐 輾辗 輿舆 轅辕 轍辙 轎轿 辮辫 迴回 邏逻 鄒邹 醜丑
醞酝 醣糖 釀酿 釁衅 釐厘 釘钉 釦扣 釩钒 鈉钠 鈍钝 鈔钞 鈕钮 鈞钧 鈣钙 鈾铀 鉀钾 鉅巨 鉑铂 鉗钳 鉚铆 鉛铅 鉤钩
鉸铰 鉻铬 銑铣 銘铭 銜衔 銳锐 銻锑 鋁铝 鋅锌 鋇钡 鋤锄 鋪铺 鋸锯 錐锥 錘锤 錠锭 錦锦 錨锚 錫锡 錳锰 錶表 鍊炼
鍋锅 鍍镀 鍛锻 鍬锹 鎂镁 鎊镑 鎚锤 鎢钨 鎬镐 鎳镍 鏟铲 鏽锈 鐮镰 鐳镭 鑄铸 鑑鉴 鑰钥 鑲镶 鑷镊 鑼锣 鑿凿 閏闰
閑闲 閒闲 閘闸 閡阂 閤合 閥阀 閨闺 閻阎 闊阔 闌阑 闖闯 闡阐 闢辟 陝陕 陞升 隕陨 隴陇 隸隶 隻只 雛雏 霑沾 鞏巩
鞦秋 韆千 韋韦 韌韧 韻韵 頃顷 頌颂 頑顽 頒颁 頓顿 頗颇 頤颐 頰颊 頸颈 頹颓 顆颗 顛颠 顧顾 顫颤 顱颅 颱台 颳刮
飄飘 飢饥 飼饲 飾饰 餃饺 餅饼 餌饵 餒馁 餓饿 餞饯 餡馅 餵喂 餾馏 饅馒 饑饥 饒饶 饞馋 馭驭 馱驮 馴驯 駁驳 駒驹
駝驼 駭骇 駱骆 駿骏 騁骋 騎骑 騷骚 騾骡 驅驱 驕骄 驟骤 驢驴 骯肮 髒脏 髮发 鬆松 鬍胡 鬚须 鮑鲍 鯉鲤 鰓鳃 鱉鳖
鱗鳞 鳴鸣 鴉鸦 鴕鸵 鴛鸳 鴦鸯 鴨鸭 鴻鸿 鴿鸽 鵑鹃 鵝鹅 鵲鹊 鶴鹤 鷗鸥 鹵卤 鹹咸 鹼碱 鹽盐 麴曲 麵面 黴霉 鼕冬
齋斋 齡龄 齣出 齧啮 齲龋 龐庞 龔龚
"""
_SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _FORMS.split()})


def simplified(text: str) -> str:
    """Chinese in simplified characters, so that papers of Taipei and Beijing share words; same length."""
    return text if text.isascii() else text.translate(_SIMPLIFIED)


def normalize(word: str) -> str:
    """A word without what only spelling changes: case, width, Arabic marks and letters, digits' script."""
    if word.isascii():  # most are; all the rest would leave them as they are
        return word.lower()
    word = unicodedata.normalize("NFKC", word).casefold().translate(_ARABIC_DIGITS)
    return _MARKS.sub("", word).translate(_ALEF) if _IS_ARABIC.search(word) else word


def _arabic(word: str) -> str:
    """Without "and", "the", and the prepositions that are written together with the word."""
    for prefix in ("وال", "بال", "كال", "فال", "لل", "ال"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    else:
        if word[:1] in "وبلف" and len(word) >= 5:
            word = word[1:]
    for suffix in ("هما", "ات", "ون", "ين", "ان", "ها", "هم", "يه", "ه"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def _latin(word: str) -> str:
    """Plural and possessive endings off; anything longer merged words that are not the same."""
    if word[-1:] != "s":  # all that follows is about an s at the end
        return word
    word = word[:-2] if word.endswith(("'s", "’s")) else word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    return _arabic(word) if _IS_ARABIC.match(word) else _latin(word)


STOP = frozenset(
    normalize(word) for listed in (_STOP_EN, _STOP_AR, _STOP_ZH) for word in listed.split()
) | frozenset(_stem(normalize(word)) for listed in (_STOP_EN, _STOP_AR) for word in listed.split())
"""Words, normalized and stemmed, that say nothing of what a text is about."""


def _pieces(token: str) -> list[str]:
    if not token.isascii() and _CJK.match(token):
        return [token[i : i + 2] for i in range(len(token) - 1)] or [token]
    return [_stem(token)]


_Chunk = tuple[tuple[str, ...], tuple[str, ...], bytes]
"""What was read of a stretch of text between spaces, over which no word goes: words, content, numbers."""


_EDGES = ".,;:!?()[]\"'“”‘’…-–—"


def _chunk(chunk: str) -> _Chunk:
    bare = chunk if chunk.isalpha() else chunk.strip(_EDGES)
    if bare.isascii() and bare.isalpha():  # one plain word, as most are
        word = _latin(bare.lower())
        found: tuple[str, ...] = (word,)
        content = () if word in STOP or len(word) == 1 else found
        return found, content, zlib.crc32(word.encode()).to_bytes(4, sys.byteorder)
    found = tuple(chain.from_iterable(_pieces(normalize(token)) for token in _TOKEN.findall(chunk)))
    content = tuple([word for word in found if word not in STOP and (len(word) > 1 or word.isdigit())])
    packed = struct.pack(f"={len(found)}I", *map(number, found))
    return found, found if len(content) == len(found) else content, packed


class _Known(dict[str, _Chunk]):
    """Most come again and again: looking them up takes a tenth of the time that finding words takes."""

    def __missing__(self, chunk: str) -> _Chunk:
        found = _chunk(chunk)
        if len(chunk) <= LONGEST:  # Chinese has no spaces: a sentence never comes again
            if len(self) >= KEPT:
                self.clear()
            self[chunk] = found
        return found


KEPT, LONGEST = 50_000, 24
"""Chunks that the table holds (20 MB), and characters of the longest."""
_known = _Known()
_WORDS, _CONTENT, _NUMBERS = (operator.itemgetter(at) for at in range(3))


def words(text: str) -> list[str]:
    """All words in order: lower case, stemmed; Chinese as bigrams of characters."""
    return list(chain.from_iterable(map(_WORDS, map(_known.__getitem__, text.split()))))


def content_words(text: str) -> list[str]:
    """Words that say what a text is about: no function words, no single letters."""
    return list(chain.from_iterable(map(_CONTENT, map(_known.__getitem__, text.split()))))


def numbers(text: str) -> bytes:
    """The :func:`number` of each of :func:`words`, four bytes a word in the machine's order."""
    return b"".join(map(_NUMBERS, map(_known.__getitem__, text.split())))


@lru_cache(maxsize=30_000)
def number(word: str) -> int:
    """A word as 32 bits, the same in every process."""
    return zlib.crc32(word.encode(errors="replace"))


def word_count(text: str) -> int:
    """Words as a reader counts them; two characters of Chinese or Japanese count as one word."""
    cjk = 0 if text.isascii() else len(_CJK.findall(text))
    return len((_CJK.sub(" ", text) if cjk else text).split()) + (cjk + 1) // 2


# ------------------------------------------------------------------------------------------------- entities

_SPAN = re.compile(r"[A-ZÀ-ÞĀ-Ž][\w’'-]*(?:\s+(?:(?:of|the|al|bin|de|la|for|and)\s+)?[A-ZÀ-ÞĀ-Ž][\w’'-]*)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED = re.compile(r"[\"“”«»「『《]([^\"“”«»」』》]{2,40})[\"“”«»」』》]")


@lru_cache(maxsize=20_000)
def _name(word: str) -> str:
    """The stem of a word of a span; empty for a function word and a single letter."""
    plain = normalize(word)
    stem = _stem(plain)
    return stem if stem not in STOP and len(plain) > 1 else ""


def entities(title: str, text: str) -> list[str]:
    """Names and numbers: spans of capitals, each of their words, figures, quoted names; as they occur.

    In Chinese and Arabic, where capitals do not tell, quoted names, figures and foreign words stand in.
    """
    found: list[str] = []
    for part in (title, text):
        for match in _SPAN.finditer(part):
            kept = [name for name in map(_name, match[0].split()) if name]
            found += kept
            if len(kept) > 1:
                found.append(" ".join(kept))
        found += [normalize(number).rstrip(".,") for number in _NUMBER.findall(part)]
        quoted = () if part.isascii() else _QUOTED.findall(part)
        found += [normalize(name) for name in quoted if _CJK.search(name) or _IS_ARABIC.search(name)]
    return found


# ------------------------------------------------------------------------------------------------ sentences


_ABBREVIATIONS = frozenset(_SHORT.split())
# Abbreviations that are words too, or stand at the end as often as before a name: only a figure or a small
# letter after them shows that the sentence goes on.
_WORDS_TOO = """
no nos fig vol ed est al sat sun mon tue wed thu fri jan feb mar apr jun jul aug sep sept oct nov dec
etc inc ltd co corp a.m p.m jr sr
"""
_BOTH = frozenset(_WORDS_TOO.split())
_STARTERS = re.compile(
    r"[\"“‘'(]*(?:The|A|An|It|He|She|They|We|I|But|And|In|On|At|This|That|These|Those|Then)\b(?!\.)"
)
_BACK = 40  # characters looked at before a stop: the whole sentence again at each stop took 89 s for 100 KB
# Led by a sign that ends: to look back from every character took twice as long.
_END = re.compile(r"[.!?؟…][\"”’'»)\]]*\s+|[。！？][”」』）]*\s*")
_BEFORE = re.compile(r"([\w.]+)\.[\"”’'»)\]]*\s*$")


def sentences(text: str, language: str = "") -> tuple[str, ...]:
    """The sentences of a text in order, stripped; paragraphs always end one.

    ``language`` "de" keeps days of the month together ("am 3. Mai"); the scripts tell all else by themselves.
    """
    found: list[str] = []
    for paragraph in text.split("\n"):
        start = 0
        for match in _END.finditer(paragraph):
            if not _ends(
                paragraph[max(start, match.end() - _BACK) : match.end()],
                paragraph[match.end() : match.end() + _BACK],
                ordinals=language[:2] == "de",
            ):
                continue
            head = paragraph[start : match.end()]
            if head.strip():
                found.append(" ".join(head.split()))
            start = match.end()
        tail = paragraph[start:]
        if tail.strip():
            found.append(" ".join(tail.split()))
    return tuple(found)


def _ends(head: str, rest: str, *, ordinals: bool) -> bool:
    """Whether the stop at the end of ``head`` ends a sentence, rather than an abbreviation or an initial."""
    if rest[:1].islower():
        return False
    match = _BEFORE.search(head)
    if match is None:
        return True
    last = match[1].casefold()
    if last in _BOTH:
        # "at 5 p.m. The" and "said no. She" end a sentence, "No. 5" and "Jan. 20" do not.
        return not rest[:1].isdigit()
    if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()):
        # "U.S. Navy", "Gen. Smith" and "J. Smith" go on, "in the U.S. The" does not.
        return bool(_STARTERS.match(rest))
    return not (ordinals and last.isdigit() and len(last) < 3)
